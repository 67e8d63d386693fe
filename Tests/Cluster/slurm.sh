#!/usr/bin/env bash
# Trains under a real Slurm on three hosts: to the end at once; stopped by the time limit, put back into the queue and
# finished; put back by a job of higher priority and finished; with a host lost on the way. The ranks are started by the
# supervisor, or by srun. Each run has to end with the bits of one rank on one host. Arguments: the scenarios to try.
# Needs what slurm-cluster.sh needs; 77 without.
set -euo pipefail
# Slurm looks at time limits every half minute: a shorter run would not notice.
EPOCHS=${EPOCHS:-8}
# shellcheck source-path=SCRIPTDIR source=support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

export SLURM_FOLDER=$folder/slurm HOLDFAST_ROOT=$root
export SLURM_CONF=$SLURM_FOLDER/slurm.conf
slurm() { "$here/slurm-cluster.sh" run "$@"; }

# submit RUN SCRIPT [OPTIONS OF SBATCH...]: three nodes, one rank of one thread each; the job's number in `job`.
submit() {
  local script=$root/launch/$2 options=()
  [[ $2 != slurm.sbatch ]] || options=(--bind none -t 1 --keepalive 3/1/2)
  job=$(slurm sbatch --parsable --nodes=3 --output="$1.log" "${@:3}" "$script" "${options[@]}" \
    train "$folder/config.yaml" --output "$folder/$1")
}

state() { slurm scontrol show job "$1" 2>/dev/null | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p'; }

# wait_for JOB STATE LOG: for minutes at most.
wait_for() {
  local now
  for _ in {1..600}; do
    now=$(state "$1")
    [[ $now != "$2" ]] || return 0
    [[ $now != FAILED && $now != NODE_FAIL && $now != CANCELLED ]] || break
    sleep 0.3
  done
  fail "job $1 is $now and not $2" "$3"
}

wait_for_line() {
  for _ in {1..600}; do
    if grep -q "$1" "$2" 2>/dev/null; then return 0; fi
    sleep 0.2
  done
  fail "nothing says '$1'" "$2"
}

train_reference
"$here/slurm-cluster.sh" up 3 || exit
(($# > 0)) || set -- limit limit-srun preemption preemption-srun node
for scenario in "$@"; do
  script=slurm.sbatch
  [[ $scenario != *-srun ]] || script=slurm-srun.sbatch
  log=$scenario.log
  SECONDS=0
  case $scenario in
    limit*)
      # The signal is due 5 s after the start.
      signal=B:USR1@55
      [[ $scenario != *-srun ]] || signal=USR1@55
      submit "$scenario" "$script" --time=1 --signal="$signal"
      wait_for_line 'stopped on request with a checkpoint' "$log"
      wait_for "$job" PENDING "$log"
      # The next start may take as long as it needs.
      slurm scontrol update JobId="$job" TimeLimit=10
      wait_for "$job" COMPLETED "$log"
      grep -q 'resuming behind step' "$log" || fail "not resumed" "$log"
      ;;
    preemption*)
      submit "$scenario" "$script" --partition=low --time=5
      wait_for_line '"step":23,' "$scenario/metrics.jsonl"
      slurm sbatch --partition=high --nodes=3 --exclusive --output=/dev/null --wrap 'sleep 3' >high.log
      wait_for "$job" PENDING "$log"
      wait_for "$job" COMPLETED "$log"
      grep -q 'resuming behind step' "$log" || fail "not resumed" "$log"
      if [[ $script == slurm.sbatch ]]; then
        # Whatever code mpirun makes of it: no failure, and no start within the time of grace.
        grep -q 'supervisor .*: stopped' "$log" || fail "not taken for a stop" "$log"
        (($(grep -c 'starting on checkpoint' "$log") == 2)) || fail "started again before it was put back" "$log"
      fi
      ;;
    node)
      submit "$scenario" "$script" --time=5
      wait_for_line '"step":23,' "$scenario/metrics.jsonl"
      "$here/cluster.sh" drop h2
      "$here/cluster.sh" kill h2
      wait_for "$job" COMPLETED "$log"
      grep -q 'of each of 2 hosts' "$log" || fail "not resumed on two hosts" "$log"
      ;;
  esac
  expect_same_bits "$scenario"
  grep -hE '^(==>|holdfast: (resuming|stopped|running))' "$log" | sed 's/^/    /'
  say "ok: $scenario, $SECONDS s"
done
say passed
