#!/usr/bin/env bash
# Faults under launch/supervise.sh on three hosts: a killed rank, a killed daemon, a host that is gone, a frozen rank,
# a request to stop, the end of the supervisor itself, a host that is lost while the job starts, more failures than
# --max-restarts; each run has to end with the bits of one rank on one host. Arguments: the faults to try.
# HOLDFAST_PROGRAM names the program; KEEP=1 keeps the files of a failure. Exit 77: no namespaces here.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

# What reaches a host; `start` takes another.
agent=$here/agent.sh

# supervise RUN [OPTIONS...]: in the background, with keepalives that suit a test.
supervise() {
  # Not by a function, whose shell would be what gets the signals.
  "$here/cluster.sh" exec h0 "$root/launch/supervise.sh" --hostfile hosts --agent "$agent" --bind none -t 1 \
    --keepalive 3/1/2 "${@:2}" train config.yaml --output "$1" >>"$1.log" 2>&1 &
  job=$!
}

# inject FAULT: on the second host, where rank 0 is not.
inject() {
  case $1 in
    rank) kill -KILL "$(rank_on h1)" ;;
    daemon) kill -KILL "$(process_on h1 orted)" ;;
    host) "$here/cluster.sh" drop h1 && "$here/cluster.sh" kill h1 ;;
    link) "$here/cluster.sh" drop h1 ;;
    frozen) kill -STOP "$(rank_on h1)" ;;
    stop) kill -TERM "$job" ;;
    orphan) kill -KILL "$job" ;;
  esac
}

# An agent that loses the second host as soon as mpirun's daemon is to be started there: the launcher has just been told
# that the host is up, and waits for a daemon that cannot report.
lossy_agent() {
  cat <<SH
#!/usr/bin/env bash
while [[ \$1 == -* ]]; do shift; done
if [[ \$1 == 10.77.0.3 && "\$*" == *orted* && ! -e '$folder/lost' ]]; then
  touch '$folder/lost'
  exec '$here/agent.sh' "\$1" "'$here/cluster.sh' drop h1; \${*:2}"
fi
exec '$here/agent.sh' "\$@"
SH
}

train_reference
(($# > 0)) || set -- rank daemon host link frozen stop orphan start progress hopeless
for fault in "$@"; do
  "$here/cluster.sh" up 3
  "$here/cluster.sh" hostfile >hosts
  code=0
  SECONDS=0
  case $fault in
    hopeless)
      # Nothing that a restart mends, and a program that never gets anywhere.
      on_first "$root/launch/supervise.sh" --local -n 1 -t 1 train config.yaml --output hopeless model.nmae=mlp \
        >hopeless.log 2>&1 || code=$?
      ((code == 64)) || fail "a wrong key ended with $code" hopeless.log
      (($(grep -c 'starting on' hopeless.log) == 1)) || fail "a wrong key was tried again" hopeless.log
      code=0
      HOLDFAST_PROGRAM=/bin/false "$root/launch/supervise.sh" --local -n 1 -t 1 train config.yaml --output hopeless \
        >hopeless.log 2>&1 || code=$?
      ((code == 69)) || fail "a program that always fails ended with $code" hopeless.log
      (($(grep -c 'starting on' hopeless.log) == 3)) || fail "it was not tried three times" hopeless.log
      grep -q 'giving up: failed 3 times' hopeless.log || fail "giving up was not said" hopeless.log
      # A first start that fails before it touches the former run leaves it to the second to overwrite.
      cp -r reference former
      printf '#!/bin/sh\n[ -e "%s/tried" ] || { touch "%s/tried"; exit 1; }\nexec "%s" "$@"\n' \
        "$folder" "$folder" "$HOLDFAST_PROGRAM" >fails-once
      chmod +x fails-once
      HOLDFAST_PROGRAM=$folder/fails-once on_first "$root/launch/supervise.sh" --local -n 1 -t 1 train config.yaml \
        --output former --overwrite >former.log 2>&1 || fail "a failed first start was not made good" former.log
      (($(grep -c 'starting on checkpoint none' former.log) == 2)) || fail "it was not overwritten" former.log
      ! grep -q '"event":"resume"' former/metrics.jsonl || fail "the former run was resumed" former.log
      code=0
      "$here/cluster.sh" drop h2
      supervise hopeless --min-ranks 3 --max-restarts 1
      wait "$job" || code=$?
      ((code == 69)) || fail "too few hosts led to $code and not 69" hopeless.log
      grep -q 'hold 2 ranks, and --min-ranks is 3' hopeless.log || fail "too few hosts were not named" hopeless.log
      say "ok: what a restart does not mend is not tried again, and the same failure three times"
      ;;
    start)
      lossy_agent >lossy-agent.sh
      chmod +x lossy-agent.sh
      agent=$folder/lossy-agent.sh
      supervise start --start-timeout 5
      agent=$here/agent.sh
      wait "$job" || code=$?
      ((code == 0)) || fail "a job that does not start ended with $code" start.log
      grep -q 'nothing new in start within 5 s of the start' start.log || fail "the time-out was not said" start.log
      (($(grep -c 'starting on' start.log) == 2)) || fail "it was not started twice" start.log
      grep -q 'of each of 2 hosts' start.log || fail "not started on the hosts that are left" start.log
      expect_nobody h0 h2
      expect_same_bits start
      ;;
    progress)
      supervise progress --max-restarts 1
      for step in 13 28 43; do
        wait_for_step progress "$step" "$job" progress.log
        kill -KILL "$(rank_on h1)"
      done
      wait "$job" || code=$?
      ((code == 0)) || fail "three failures with progress between them ended with $code" progress.log
      (($(grep -c 'starting on' progress.log) == 4)) || fail "there were not three restarts" progress.log
      expect_same_bits progress
      ;;
    stop | orphan)
      supervise "$fault"
      wait_for_step "$fault" 23 "$job" "$fault.log"
      inject "$fault"
      wait "$job" || code=$?
      [[ $fault/$code == stop/75 || $fault/$code == orphan/137 ]] ||
        fail "the supervisor ended with $code" "$fault.log"
      expect_nobody h0 h1 h2
      code=0
      supervise "$fault"
      wait "$job" || code=$?
      ((code == 0)) || fail "a stopped run does not go on: $code" "$fault.log"
      # How far behind step 23 it comes before the signal arrives depends on the machine.
      grep -q 'resuming behind step [2-5][0-9]' "$fault.log" || fail "not resumed where it stopped" "$fault.log"
      expect_same_bits "$fault"
      ;;
    *)
      stall=0
      # Nothing but the log's silence tells of a rank that is frozen.
      [[ $fault != frozen ]] || stall=4
      supervise "$fault" --stall "$stall"
      wait_for_step "$fault" 23 "$job" "$fault.log"
      inject "$fault"
      wait "$job" || code=$?
      ((code == 0)) || fail "after the fault '$fault' the supervisor ended with $code" "$fault.log"
      (($(grep -c 'starting on' "$fault.log") > 1)) || fail "there was no restart: $fault" "$fault.log"
      expect_nobody h0 h2
      expect_same_bits "$fault"
      ;;
  esac
  grep -h 'supervisor' "$fault.log" | sed 's/^/    /'
  say "ok: $fault, $SECONDS s"
  "$here/cluster.sh" down
done
say passed
