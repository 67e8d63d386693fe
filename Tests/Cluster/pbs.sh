#!/usr/bin/env bash
# Runs launch/pbs.sh on two hosts as a job of PBS would be run: with its variables, its file of nodes, and its SIGTERM.
# There is no PBS here: qrerun is a stand-in that starts the script once more. The run has to stop with a checkpoint, to
# go on, and to end with the bits of one rank on one host. Exit 77: no namespaces here.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

train_reference
"$here/cluster.sh" up 2
# A line for every rank of every node, as with mpiprocs=1.
"$here/cluster.sh" hostfile | cut -d ' ' -f 1 >nodes
mkdir bin
cat >bin/qrerun <<'SH'
#!/usr/bin/env bash
echo "$1" >>"$QRERUN_LOG"
SH
chmod +x bin/qrerun

# In the background, on the first node; the job's number in `job`.
run_script() {
  PATH=$folder/bin:$PATH QRERUN_LOG=$folder/qrerun.log HOLDFAST_ROOT=$root PBS_O_WORKDIR=$folder PBS_JOBID=1.pbs PBS_NODEFILE=$folder/nodes \
    HOLDFAST_ARGUMENTS="--agent $here/agent.sh --bind none -t 1 train $folder/config.yaml --output $folder/pbs" \
    "$here/cluster.sh" exec h0 bash "$root/launch/pbs.sh" >>pbs.log 2>&1 &
  job=$!
}

run_script
wait_for_step pbs 23 "$job" pbs.log
kill -TERM "$job"
code=0
wait "$job" || code=$?
((code == 75)) || fail "the script ended with $code" pbs.log
[[ $(cat qrerun.log) == 1.pbs ]] || fail "the job was not put back into the queue" pbs.log
expect_nobody h0 h1

run_script
code=0
wait "$job" || code=$?
((code == 0)) || fail "started again, the script ended with $code" pbs.log
grep -q 'resuming behind step 2[0-9]' pbs.log || fail "not resumed where it stopped" pbs.log
expect_same_bits pbs
say passed
