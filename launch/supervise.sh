#!/usr/bin/env bash
# Keeps a training run going until it is done: after a failure it starts again, from the newest intact checkpoint, on
# the hosts that still answer. Any number of ranks leads to the same bits.
#
#   launch/supervise.sh [OPTIONS] train CONFIG [ARGUMENTS...]
#   launch/supervise.sh --hostfile hosts --min-ranks 2 train configs/mnist-pgd.yaml
#
# --max-restarts N  give up after so many; 10
# --min-ranks M     do not start with fewer; 1
# --stall SECONDS   end a job that adds nothing to metrics.jsonl for so long (evaluations add nothing); 0 is never
# --grace SECONDS   how long a job that is asked to stop may take for its checkpoint; 120
# --local           on this machine alone, by launch/local.sh (-n RANKS, -t THREADS)
#
# All other options are those of launch/hosts.sh. SIGTERM, SIGINT or SIGUSR1 stops the job with a checkpoint. Exit
# codes: 0 done; 75 stopped on request, start again to go on; 64, 65 and 66 as the program's, which no restart mends;
# 69 given up.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

note() { printf '==> supervisor %(%T)T: %s\n' -1 "$*" >&2; }

max_restarts=10 min_ranks=1 stall=0 grace=120 launcher=hosts options=()
while (($# > 0)); do
  case $1 in
    --local) launcher=local ;;
    --max-restarts | --min-ranks | --stall | --grace)
      [[ ${2:-} =~ ^[0-9]{1,6}$ ]] || fail 64 "$1 needs a number."
      case $1 in
        --max-restarts) max_restarts=$2 ;;
        --min-ranks) min_ranks=$2 ;;
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

# Seconds since the run last wrote to its log, or since the job started.
silence() {
  local written
  written=$(stat -c %Y "$run/metrics.jsonl" 2>/dev/null || echo 0)
  ((written >= started)) || written=$started
  echo $(($(printf '%(%s)T' -1) - written))
}

# Starts the job and waits for its end; the exit code in `code`.
run_job() {
  local mode=--resume ticks=0
  if ((overwrite == 1)); then mode=--overwrite; fi
  overwrite=0
  started=$(printf '%(%s)T' -1)
  # A session of its own, where Ctrl-C does not reach it; it ends when the supervisor is killed.
  setsid setpriv --pdeathsig TERM "$holdfast_root/launch/$launcher.sh" "${options[@]}" \
    train "$config" "$mode" "${arguments[@]}" &
  job=$!
  while kill -0 "$job" 2>/dev/null; do
    # A signal that came while mpirun was starting may be lost, so it is repeated.
    ((stop_asked == 0 || ++ticks % 20 != 0)) || kill -USR1 "$job" 2>/dev/null
    if ((stop_asked == 1 && SECONDS - stop_time > grace)); then
      note "no checkpoint within $grace s: ending the job by force"
      end_by_force
    elif ((stall > 0 && $(silence) > stall)); then
      note "nothing new in $run/metrics.jsonl for $stall s: ending the job by force"
      end_by_force
    fi
    sleep 0.25
  done
  wait "$job"
  code=$?
  job=''
}

restarts=0 same=0 pause=1 step_before='' checkpoint_before=''
while :; do
  ((stop_asked == 0)) || exit 75
  note "starting on checkpoint $(checkpoint || echo none) (restart $restarts of at most $max_restarts)"
  run_job
  reached=$(last_step) saved=$(checkpoint)
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
  fi
  if [[ ${reached:-none}/${saved:-none} == "${step_before:-none}/${checkpoint_before:-none}" ]]; then
    same=$((same + 1))
  else
    same=1
  fi
  [[ $saved == "$checkpoint_before" ]] || pause=1
  step_before=$reached checkpoint_before=$saved
  if ((same >= 3)); then
    note "giving up: failed 3 times (code $code) behind step ${reached:-0}, and the newest checkpoint stays ${saved:-none}"
    exit 69
  elif ((restarts >= max_restarts)); then
    note "giving up: failed (code $code) after $restarts restarts, which is --max-restarts"
    exit 69
  fi
  restarts=$((restarts + 1))
  note "failed with code $code behind step ${reached:-0}; starting again in $pause s"
  for ((tick = 0; tick < pause * 4 && stop_asked == 0; tick++)); do sleep 0.25; done
  pause=$((pause < 32 ? pause * 2 : 60))
done
