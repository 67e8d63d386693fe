#!/usr/bin/env bash
# Several hosts on one Linux machine: each has a network, an address and a name of its own, and shares the files.
#
#   Tests/Cluster/cluster.sh check              may this machine do it? exit 77 and the reason if not
#   Tests/Cluster/cluster.sh up N               hosts h0 to h(N-1), at 10.77.0.2 and so on
#   Tests/Cluster/cluster.sh exec HOST COMMAND  runs a command on a host
#   Tests/Cluster/cluster.sh hostfile [SLOTS]   for mpirun
#   Tests/Cluster/cluster.sh pids HOST          everything that runs there
#   Tests/Cluster/cluster.sh kill HOST [SIGNAL] ends everything there (KILL), or freezes it (STOP)
#   Tests/Cluster/cluster.sh drop HOST          the switch loses its frames, and the carrier stays
#   Tests/Cluster/cluster.sh heal HOST
#   Tests/Cluster/cluster.sh down               ends everything and takes it apart
#
# CLUSTER names the cluster (holdfast): those of different names do not see each other. agent.sh is its ssh.
set -euo pipefail

cluster=${CLUSTER:-holdfast}
network=10.77.0
switch=$cluster-switch
names=/run/$cluster-names

net() { echo "/run/netns/$cluster-$1"; }
address() { echo "$network.$((${1#h} + 2))"; }
hosts() { ip netns list | awk '{print $1}' | sed -n "s/^$cluster-\(h[0-9]*\)$/\1/p" | sort -V; }

# Says why there can be no hosts, and fails; silent where there can.
obstacle() {
  local tool
  for tool in ip nsenter unshare; do
    command -v "$tool" >/dev/null || {
      echo "there is no '$tool' (packages iproute2, util-linux)"
      return
    }
  done
  ((EUID == 0)) || {
    echo "making network namespaces needs root"
    return
  }
  unshare --net --uts true 2>/dev/null || {
    echo "this system does not permit network namespaces (unshare --net)"
    return
  }
  # Naming one takes a mount, which containers may forbid all the same.
  local trial=$cluster-trial-$$
  if ip netns add "$trial" 2>/dev/null; then
    if ! ip -n "$trial" link add trial0 type veth peer name trial1 2>/dev/null; then
      echo "this system has no veth devices"
    elif ! ip -n "$trial" link add trial2 type bridge 2>/dev/null; then
      echo "this system has no bridges"
    fi
    ip netns del "$trial"
  else
    echo "this system does not permit named network namespaces (ip netns add)"
  fi
}

up() {
  local count=$1 host number
  [[ ! -e /run/netns/$switch ]] || {
    echo "cluster.sh: there is a cluster '$cluster' already; take it down, or set CLUSTER" >&2
    exit 1
  }
  ip netns add "$switch"
  ip -n "$switch" link add bridge type bridge
  ip -n "$switch" link set bridge up
  # Name spaces of host names are kept alive by mounts on files, in a folder that shares none of its mounts.
  mkdir -p "$names"
  mount --bind "$names" "$names"
  mount --make-private "$names"
  for ((number = 0; number < count; number++)); do
    host=h$number
    ip netns add "$cluster-$host"
    ip -n "$cluster-$host" link add eth0 type veth peer name "$host" netns "$switch"
    ip -n "$switch" link set "$host" master bridge up
    ip -n "$cluster-$host" link set lo up
    ip -n "$cluster-$host" address add "$(address "$host")/24" dev eth0
    ip -n "$cluster-$host" link set eth0 up
    touch "$names/$host"
    unshare --uts="$names/$host" hostname "$host"
  done
}

kill_all() {
  local pids
  pids=$(ip netns pids "$cluster-$1" 2>/dev/null) || return 0
  # shellcheck disable=SC2086 # several numbers
  [[ -z $pids ]] || kill "-${2:-KILL}" $pids 2>/dev/null || true
}

down() {
  local host
  for host in $(hosts); do
    kill_all "$host"
    umount "$names/$host" 2>/dev/null || true
    ip netns del "$cluster-$host" || true
  done
  ip netns del "$switch" 2>/dev/null || true
  umount "$names" 2>/dev/null || true
  rm -rf "$names"
}

case ${1:-} in
  check)
    reason=$(obstacle)
    [[ -z $reason ]] || {
      echo "skipped: $reason"
      exit 77
    }
    ;;
  up) up "${2:?up N}" ;;
  exec) exec nsenter --net="$(net "$2")" --uts="$names/$2" "${@:3}" ;;
  hostfile) for host in $(hosts); do echo "$(address "$host") slots=${2:-1}"; done ;;
  pids) ip netns pids "$cluster-$2" ;;
  kill) kill_all "$2" "${3:-KILL}" ;;
  drop) ip -n "$switch" link set "$2" nomaster ;;
  heal) ip -n "$switch" link set "$2" master bridge ;;
  down) down ;;
  *)
    sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 64
    ;;
esac
