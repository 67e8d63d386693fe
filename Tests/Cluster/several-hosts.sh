#!/usr/bin/env bash
# Trains on 2 and 3 hosts, kills one of them, goes on with those that are left, and compares the final bits with one
# rank on one host. HOLDFAST_PROGRAM names the program; KEEP=1 keeps the files of a failure. Exit 77: no namespaces here.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

train_reference
"$here/cluster.sh" up 3
"$here/cluster.sh" hostfile >hosts

path() {
  on_first "$root/launch/hosts.sh" --hostfile hosts --agent "$here/agent.sh" --bind none -t 1 "${@:2}" \
    bench allreduce --elements 100000 --repetitions 3 --json 2>allreduce.log |
    sed -n 's/.*"path" *: *"\([^"]*\)".*/\1/p' | grep -qx "$1" ||
    fail "gradients do not take the path of $1" allreduce.log
  say "ok: gradients between hosts: $1"
}
path exchange
path 'shared memory on 3 hosts and exchange between them' --ranks-per-host 2

for count in 2 3; do
  # Two hosts are the first two.
  hosts "hosts-$count" --ranks-per-host 1 -n "$count" -- >"hosts-$count.log" 2>&1 ||
    fail "$count hosts do not train" "hosts-$count.log"
  grep -q "of each of $count hosts" "hosts-$count.log" || fail "not seen as $count hosts" "hosts-$count.log"
  expect_same_bits "hosts-$count"
done

hosts killed -- >killed.log 2>&1 &
job=$!
wait_for_step killed 23 "$job" killed.log
"$here/cluster.sh" drop h1
"$here/cluster.sh" kill h1
SECONDS=0
code=0
wait "$job" || code=$?
((code != 0)) || fail "a job that lost a host ended with 0" killed.log
((SECONDS <= 20)) || fail "a job that lost a host went on for $SECONDS s" killed.log
say "ok: the job that lost a host ended with $code within $SECONDS s"
expect_nobody h0 h2

code=0
hosts killed -- --resume >refused.log 2>&1 || code=$?
((code == 69)) || fail "a host that is gone led to code $code and not 69" refused.log
grep -q 'host 10.77.0.3 does not answer' refused.log || fail "the host that is gone was not named" refused.log
hosts killed --answering -- --resume >resumed.log 2>&1 || fail "two of three hosts do not go on" resumed.log
grep -q 'resuming behind step 2[0-9]' resumed.log || fail "not resumed where it was" resumed.log
grep -q 'of each of 2 hosts' resumed.log || fail "not resumed on two hosts" resumed.log
expect_same_bits killed
say passed
