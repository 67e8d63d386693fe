#!/usr/bin/env bash
# Ranks that nobody hears of any more, on three hosts without a supervisor: frozen on the third host, or behind its
# network, or frozen with everything there. The job has to end within the watchdog's limit and the 20 s that mpirun is
# left, with one message that names rank and host, and to go on from its checkpoint to the bits of one rank.
# Arguments: the faults to try. HOLDFAST_PROGRAM names the program; KEEP=1 keeps the files of a failure. Exit 77: no
# namespaces here.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

train_reference
(($# > 0)) || set -- frozen link host
for fault in "$@"; do
  "$here/cluster.sh" up 3
  "$here/cluster.sh" hostfile >hosts
  log=$fault.log
  hosts "$fault" --keepalive 5/2/2 -- watchdog.seconds=2 watchdog.savingSeconds=2 >"$log" 2>&1 &
  job=$!
  wait_for_step "$fault" 23 "$job" "$log"
  case $fault in
    frozen) kill -STOP "$(rank_on h2)" ;;
    link) "$here/cluster.sh" drop h2 ;;
    host) "$here/cluster.sh" kill h2 STOP ;;
  esac
  SECONDS=0
  code=0
  wait "$job" || code=$?
  # mpirun waits for a daemon that does not answer; keepalive does not help while what it sent is on its way. So it is
  # killed 20 s after the message.
  [[ $code == 76 || $fault/$code == link/137 || $fault/$code == host/137 ]] ||
    fail "$fault: the job ended with $code" "$log"
  # The watchdog's 2 s, and those 20; the rest is for a machine that is busy.
  ((SECONDS <= 40)) || fail "$fault: the job went on for $SECONDS s" "$log"
  say "ok: $fault: ended with $code within $SECONDS s"
  # A line may follow one of mpirun's without a break.
  (($(grep -c 'holdfast: rank [0-9]* of 3 on h[0-9]: stuck' "$log") == 1)) || fail "$fault: not one message" "$log"
  grep -q 'rank 2 on h2 does not respond' "$log" || fail "$fault: rank and host are not named" "$log"
  grep -h 'stuck' "$log" | sed 's/^/    /'
  expect_nobody h0 h1

  "$here/cluster.sh" kill h2
  "$here/cluster.sh" heal h2
  hosts "$fault" -- --resume >"$log" 2>&1 || fail "$fault: the run does not go on" "$log"
  grep -q 'resuming behind step [0-9]' "$log" || fail "$fault: not resumed" "$log"
  expect_same_bits "$fault"
  "$here/cluster.sh" down
done
say passed
