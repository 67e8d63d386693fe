#!/usr/bin/env bash
# Keeps a training run going until it is done: after a failure it starts again, from the newest intact checkpoint, on
# the hosts that still answer. Any number of ranks leads to the same bits.
#
#   launch/supervise.sh [OPTIONS] train CONFIG [ARGUMENTS...]
#   launch/supervise.sh --hostfile hosts --min-ranks 2 train configs/mnist-pgd.yaml
#
# --max-restarts N         give up after so many in a row that brought no new checkpoint; 10
# --min-ranks M            do not start with fewer; 1
# --start-timeout SECONDS  end a job that has written nothing after so long, since a host, MPI or the data keep it from
#                          starting; 600, and 0 is never
# --stall SECONDS          end a job that adds nothing to metrics.jsonl for so long (evaluations add nothing); 0 is never
# --grace SECONDS          how long a job that is asked to stop may take for its checkpoint; 120
# --local                  on this machine alone, by launch/local.sh (-n RANKS, -t THREADS)
#
# All other options are those of launch/hosts.sh. SIGTERM, SIGINT or SIGUSR1 stops the job with a checkpoint, and so
# does a scheduler that asks the ranks themselves. Exit codes: 0 done; 75 stopped on request, start again to go on; 64,
# 65 and 66 as the program's, which no restart mends; 69 given up.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

note() { printf '==> supervisor %(%T)T: %s\n' -1 "$*" >&2; }

max_restarts=10 min_ranks=1 start_timeout=600 stall=0 grace=120 launcher=hosts options=()
while (($# > 0)); do
  case $1 in
    --local) launcher=local ;;
    --max-restarts | --min-ranks | --start-timeout | --stall | --grace)
      [[ ${2:-} =~ ^[0-9]{1,6}$ ]] || fail 64 "$1 needs a number."
      case $1 in
        --max-restarts) max_restarts=$2 ;;
        --min-ranks) min_ranks=$2 ;;
        --start-timeout) start_timeout=$2 ;;
        --stall) stall=$2 ;;
        --grace) grace=$2 ;;
      esac
      shift
      ;;
    -h | --help) usage && exit 0 ;;
    -*)
      (($# > 1)) || fail 64 "$1 needs a value."
      options+=("$1" "$2")
      shift
      ;;
    *) break ;;
  esac
  shift
done
[[ ${1:-} == train && -n ${2:-} ]] || { usage >&2 && exit 64; }
shift
if [[ $launcher == hosts ]]; then options+=(--answering --min-ranks "$min_ranks"); fi

# Where the run is, as the program finds it.
config=$1 arguments=() output='' overwrite=0 name=''
shift
while (($# > 0)); do
  case $1 in
    --overwrite) overwrite=1 ;;
    --resume) ;;
    --output | -o) output=${2:-} && arguments+=("$1" "${2:-}") && shift ;;
    --output=*) output=${1#*=} && arguments+=("$1") ;;
    name=*) name=${1#*=} && arguments+=("$1") ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
[[ -r $config ]] || fail 66 "there is no configuration '$config'."
[[ -n $name ]] || name=$(sed -n 's/^name: *["'\'']\{0,1\}\([^"'\'' #]*\).*/\1/p' "$config" | head -n 1)
[[ -n $name ]] || { name=$(basename "$config") && name=${name%.*}; }
run=${output:-runs/$name}
# However the program reads a name: the run is where this script looks for it.
[[ -n $output ]] || arguments+=(--output "$run")

# The newest checkpoint's step, and the last step in the log; nothing where there is none.
checkpoint() {
  local folders=("$run"/checkpoints/step-*)
  [[ -d ${folders[-1]} ]] && echo $((10#${folders[-1]##*step-}))
}
last_step() { tail -n 50 "$run/metrics.jsonl" 2>/dev/null | sed -n '/"event":"step"/s/.*"step":\([0-9]*\).*/\1/p' | tail -n 1; }

descendants() {
  local child
  while read -r -d ' ' child; do
    echo "$child"
    descendants "$child"
  done < <(cat "/proc/$1"/task/*/children 2>/dev/null)
}

job='' stop_asked=0 stop_time=0
ask_to_stop() {
  ((stop_asked == 1)) || note "asked to stop: passing that on for a checkpoint"
  ((stop_asked == 1)) || stop_time=$SECONDS
  stop_asked=1
  [[ -z $job ]] || kill -USR1 "$job" 2>/dev/null
}
trap ask_to_stop TERM INT USR1

# mpirun ends its ranks when it is terminated, but not those that are frozen.
end_by_force() {
  local processes
  processes=$(descendants "$job")
  kill -TERM "$job" 2>/dev/null
  for _ in {1..50}; do
    kill -0 "$job" 2>/dev/null || break
    sleep 0.1
  done
  # shellcheck disable=SC2086 # several numbers
  kill -KILL "$job" $processes 2>/dev/null
}

# What the run's files look like. Any change is a sign of life, whatever the clocks of other hosts say.
traces() { stat -c '%n %i %s %Y' "$run/manifest.json" "$run/metrics.jsonl" 2>/dev/null; }

# Whether this job said that all its ranks stopped on request, behind a checkpoint.
said_stopped() {
  grep -q '"event":"stop"' < <(tail -c "+$((log_size + 1))" "$run/metrics.jsonl" 2>/dev/null)
}

# Whether the scheduler asked the job to stop. Slurm's SIGTERM at preemption goes to the ranks, and to mpirun's daemons,
# of which mpirun makes a failure: it returns 205, whether or not the ranks had the time for a checkpoint.
stopped_by_scheduler() {
  [[ -n ${SLURM_JOB_ID:-}${PBS_JOBID:-} ]] || return 1
  said_stopped && return
  [[ -n ${SLURM_JOB_ID:-} ]] && grep -q 'PreemptTime=[0-9]' < <(scontrol show job "$SLURM_JOB_ID" 2>/dev/null)
}

# Starts the job and waits for its end; the exit code in `code`, and in `left_traces` whether the run is another.
run_job() {
  local mode=--resume ticks=0 started=$SECONDS heard=$SECONDS is_alive=0 first before now
  if ((overwrite == 1)); then mode=--overwrite; fi
  log_size=$(stat -c %s "$run/metrics.jsonl" 2>/dev/null || echo 0)
  ((overwrite == 0)) || log_size=0
  first=$(traces) before=$first
  # A session of its own, where Ctrl-C does not reach it; it ends when the supervisor is killed.
  setsid setpriv --pdeathsig TERM "$holdfast_root/launch/$launcher.sh" "${options[@]}" \
    train "$config" "$mode" "${arguments[@]}" &
  job=$!
  while kill -0 "$job" 2>/dev/null; do
    # A signal that came while mpirun was starting may be lost, so it is repeated.
    ((stop_asked == 0 || ++ticks % 20 != 0)) || kill -USR1 "$job" 2>/dev/null
    if ((stall > 0 || (start_timeout > 0 && is_alive == 0))); then
      now=$(traces)
      [[ $now == "$before" ]] || { before=$now heard=$SECONDS is_alive=1; }
    fi
    if ((stop_asked == 1 && SECONDS - stop_time > grace)); then
      note "no checkpoint within $grace s: ending the job by force"
      end_by_force
    elif ((start_timeout > 0 && is_alive == 0 && SECONDS - started > start_timeout)); then
      note "nothing new in $run within $start_timeout s of the start (--start-timeout): ending the job by force"
      end_by_force
    elif ((stall > 0 && SECONDS - heard > stall)); then
      note "nothing new in $run/metrics.jsonl for $stall s: ending the job by force"
      end_by_force
    fi
    sleep 0.25
  done
  wait "$job"
  code=$?
  job='' left_traces=1
  [[ $(traces) != "$first" ]] || left_traces=0
  # A job that failed before it touched the former run leaves it to the next to overwrite.
  ((left_traces == 0)) || overwrite=0
}

restarts=0 same=0 pause=1 step_before='' checkpoint_before=''
# What an earlier job of this run reached is no progress of the first.
((overwrite == 1)) || checkpoint_before=$(checkpoint)
while :; do
  ((stop_asked == 0)) || exit 75
  note "starting on checkpoint $({ ((overwrite == 0)) && checkpoint; } || echo none) (restart $restarts of at most $max_restarts)"
  run_job
  reached='' saved=''
  # A former run that is still to be overwritten is no progress.
  ((overwrite == 1)) || { reached=$(last_step) saved=$(checkpoint); }
  case $code in
    0)
      note "done"
      exit 0
      ;;
    64 | 65 | 66)
      note "ended with $code, which a restart does not mend"
      exit "$code"
      ;;
  esac
  if ((stop_asked == 1 || code == 75)); then
    note "stopped with code $code; the newest checkpoint is of step ${saved:-none}"
    # Where a scheduler ended mpirun's daemons too, its code is that of a failure, and the run goes on all the same.
    [[ $code == 75 || -n $saved ]] || exit "$code"
    exit 75
  elif stopped_by_scheduler; then
    note "stopped by the scheduler (code $code); the newest checkpoint is of step ${saved:-none}"
    exit 75
  fi
  if ((${saved:--1} > ${checkpoint_before:--1})); then
    # Every new checkpoint is progress: it is failures without any that count.
    restarts=0 pause=1 same=1
  elif ((code == 69 && left_traces == 0)); then
    # Hosts that do not answer may be back in a minute: only --max-restarts counts.
    same=0
  elif [[ ${reached:-none} == "${step_before:-none}" ]]; then
    same=$((same + 1))
  else
    same=1
  fi
  step_before=$reached checkpoint_before=$saved
  if ((same >= 3)); then
    note "giving up: failed 3 times (code $code) behind step ${reached:-0}, and the newest checkpoint stays ${saved:-none}"
    exit 69
  elif ((restarts >= max_restarts)); then
    note "giving up: failed (code $code) after $restarts restarts without a new checkpoint, which is --max-restarts"
    exit 69
  fi
  restarts=$((restarts + 1))
  note "failed with code $code behind step ${reached:-0}; starting again in $pause s"
  for ((tick = 0; tick < pause * 4 && stop_asked == 0; tick++)); do sleep 0.25; done
  pause=$((pause < 32 ? pause * 2 : 60))
done
