#!/usr/bin/env bash
# A Slurm on the hosts of cluster.sh: the controller and a node on h0, a node on each of the others. No systemd, no
# configuration of the system: all its files are in SLURM_FOLDER.
#
#   Tests/Cluster/slurm-cluster.sh up N     makes the hosts too
#   Tests/Cluster/slurm-cluster.sh run COMMAND [ARGUMENTS...]     sbatch, squeue, ... on h0
#   Tests/Cluster/slurm-cluster.sh down
#
# Needs root, and Debian's packages munge slurmctld slurmd slurm-client slurm-wlm-basic-plugins. Partitions: `all`; and
# `low` and `high`, whose jobs put those of `low` back into the queue.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${SLURM_FOLDER:-/tmp/holdfast-slurm}
export CLUSTER=${CLUSTER:-holdfast-slurm} SLURM_CONF=$folder/slurm.conf
on() { "$here/cluster.sh" exec "$@"; }

write_configuration() {
  local count=$1 number
  # proctrack/linuxproc and task/none: cgroups and systemd need not be there. RequeueExit is left out on purpose: the
  # job script has to see to that. cred_expire is also how long a job that was put back waits (120 s by default).
  cat <<CONF
ClusterName=$CLUSTER
SlurmctldHost=h0(10.77.0.2)
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=10
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=1,sched_interval=5
SlurmdParameters=config_overrides
SlurmdTimeout=20
ReturnToService=2
KillWait=20
JobRequeue=1
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MailProg=/bin/true
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=all Nodes=ALL Default=YES MaxTime=60 State=UP
PartitionName=low Nodes=ALL MaxTime=60 State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=30
PartitionName=high Nodes=ALL MaxTime=60 State=UP PriorityTier=10 PreemptMode=OFF
CONF
  for ((number = 0; number < count; number++)); do
    echo "NodeName=h$number NodeAddr=10.77.0.$((number + 2)) CPUs=2 RealMemory=500 State=UNKNOWN"
  done
}

up() {
  local count=$1 number
  mkdir -p "$folder/state" "$folder/node-temporary"
  "$here/cluster.sh" up "$count"
  # A daemon of munge with a key and a socket of its own: a system's own is left alone.
  dd if=/dev/urandom of="$folder/munge.key" bs=128 count=1 status=none
  chmod 600 "$folder/munge.key"
  munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" --seed-file="$folder/munge.seed" \
    >"$folder/munged.out" 2>&1 &
  for _ in {1..50}; do
    [[ -S $folder/munge.socket ]] && break
    sleep 0.1
  done
  write_configuration "$count" >"$SLURM_CONF"
  # The plugin keeps a folder for each step, and these nodes share their files: each gets another folder there.
  echo "PMIxCliTmpDirBase=$folder/node-temporary" >"$folder/mpi.conf"
  on h0 slurmctld -D >"$folder/slurmctld.out" 2>&1 &
  sleep 1
  for ((number = 0; number < count; number++)); do
    mkdir -p "$folder/spool.h$number" "$folder/temporary.h$number"
    # shellcheck disable=SC2016 # for the inner shell
    on h$number unshare --mount sh -c 'mount --bind "$1" "$2" && exec slurmd -D -N "$3"' sh \
      "$folder/temporary.h$number" "$folder/node-temporary" "h$number" >"$folder/slurmd.h$number.out" 2>&1 &
  done
  for _ in {1..60}; do
    [[ $(on h0 sinfo -h -p all -t idle -o %D 2>/dev/null) != "$count" ]] || return 0
    sleep 0.5
  done
  echo "slurm-cluster.sh: the nodes did not come up:" >&2
  on h0 sinfo >&2 || true
  tail -n 5 "$folder"/slurmctld.log "$folder"/slurmd.*.log "$folder"/*.out >&2 || true
  return 1
}

down() {
  # Everything on the hosts, which is slurmctld, the slurmds and whatever they started.
  "$here/cluster.sh" down
  [[ ! -s $folder/munged.pid ]] || kill "$(cat "$folder/munged.pid")" 2>/dev/null || true
  # They take a moment to go.
  for _ in {1..50}; do
    rm -rf "$folder" 2>/dev/null && break
    sleep 0.1
  done
}

case ${1:-} in
  up)
    for tool in munged slurmctld slurmd sbatch; do
      command -v "$tool" >/dev/null || {
        echo "skipped: there is no '$tool' (packages munge slurmctld slurmd slurm-client slurm-wlm-basic-plugins)"
        exit 77
      }
    done
    up "${2:?up N}" || {
      down
      exit 69
    }
    ;;
  run) on h0 "${@:2}" ;;
  down) down ;;
  *)
    sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 64
    ;;
esac
