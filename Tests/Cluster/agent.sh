#!/usr/bin/env bash
# The ssh of a cluster that cluster.sh made: agent.sh HOST COMMAND..., to be started on one of its hosts.
#
# The address is asked over the network first, as ssh would: a host that is cut off does not answer, even though its
# processes are within reach on this machine.
set -euo pipefail

while [[ ${1:-} == -* ]]; do shift; done
address=$1
shift
cluster=${CLUSTER:-holdfast}
host=h$((${address##*.} - 2))
[[ $address == 10.77.0.* && -e /run/netns/$cluster-$host ]] || {
  echo "agent.sh: no host $address in the cluster '$cluster'" >&2
  exit 255
}
# Nobody listens there: a host that is up says so.
answer=$(timeout 2 bash -c "exec 3<>/dev/tcp/$address/22" 2>&1) || true
[[ $answer == *refused* ]] || {
  echo "agent.sh: $address does not answer" >&2
  exit 255
}
exec nsenter --net="/run/netns/$cluster-$host" --uts="/run/$cluster-names/$host" sh -c "$*"
