# shellcheck shell=bash
# What the tests on several hosts share; to be sourced. It makes a folder and a cluster of their own, and takes both
# away at the end, however that comes.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
export HOLDFAST_PROGRAM=${HOLDFAST_PROGRAM:-$root/.build/release/holdfast}
export CLUSTER=holdfast-$$
# Root is what may make network namespaces. Between the hosts there is TCP, and nothing else.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_pml=ob1 OMPI_MCA_btl=tcp,self
export OMPI_MCA_btl_tcp_if_include=10.77.0.0/24 OMPI_MCA_oob_tcp_if_include=10.77.0.0/24
# All hosts share the cores of this machine.
export OMPI_MCA_mpi_yield_when_idle=1 SWIFT_BACKTRACE=enable=no
unset HOLDFAST_DATA

[[ -x $HOLDFAST_PROGRAM ]] || {
  echo "error: there is no program '$HOLDFAST_PROGRAM'. Build it, or set HOLDFAST_PROGRAM." >&2
  exit 66
}
"$here/cluster.sh" check || exit

folder=$(mktemp -d /tmp/holdfast-cluster.XXXXXX)
clean_up() {
  local code=$?
  trap - EXIT
  "$here/cluster.sh" down
  # The cluster of slurm.sh has a daemon outside the hosts.
  [[ ! -e $folder/slurm ]] || SLURM_FOLDER=$folder/slurm "$here/slurm-cluster.sh" down
  if ((code == 0)) || [[ -z ${KEEP:-} ]]; then rm -rf "$folder"; else echo "kept: $folder" >&2; fi
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
cd "$folder" || exit 74

say() { printf '%(%T)T %s\n' -1 "$*"; }

# fail MESSAGE [LOG]: the end of the test, with the last lines of a log.
fail() {
  printf 'FAILED: %s\n' "$1" >&2
  [[ -z ${2:-} ]] || tail -n 40 "$2" >&2
  exit 1
}

# 63 steps an epoch on digits that come along, a tenth of a second each or less.
epochs=${EPOCHS:-1}
cat >config.yaml <<YAML
data: {name: mnist-5k, validation: 0}
model: {name: cnn-small}
batch: {size: 64, microbatch: 8}
epochs: $epochs
threat: {epsilon: 0.2}
training: {method: pgd, steps: 20}
evaluation: {final: [fgsm]}
checkpoint: {everyEpochs: 1, everySteps: 5, keep: 100}
YAML
last=$(printf %08d $((63 * epochs)))

# on_first COMMAND...: on the host that a user is logged in to.
on_first() { "$here/cluster.sh" exec h0 "$@"; }

# hosts RUN [OPTIONS...] -- ARGUMENTS...: trains into a folder, a rank of one thread on each host.
hosts() {
  local run=$1 options=()
  shift
  while [[ $1 != -- ]]; do options+=("$1") && shift; done
  on_first timeout --foreground 120 "$root/launch/hosts.sh" --hostfile hosts --agent "$here/agent.sh" --bind none \
    -t 1 "${options[@]}" \
    train config.yaml --output "$run" "${@:2}"
}

# The bits of a run at its end: weights and optimizer state.
bits() {
  cat "$1/checkpoints/step-$last"/{model,optimizer}.safetensors | sha256sum | cut -d ' ' -f 1
}

# expect_same_bits RUN: as those of one rank on one host, in the folder `reference`.
expect_same_bits() {
  [[ $(bits "$1") == "$(bits reference)" ]] || fail "$1 ended with other weights than one rank on one host"
  say "ok: $1 ends with the bits of one rank on one host"
}

train_reference() {
  "$HOLDFAST_PROGRAM" train config.yaml --output reference --threads 1 >reference.log 2>&1 ||
    fail "one rank on one host does not train" reference.log
  say "one rank on one host: $(bits reference)"
}

# wait_for_step RUN STEP PROCESS LOG: until the run has taken a step.
wait_for_step() {
  until grep -q "\"event\":\"step\".*\"step\":$2," "$1/metrics.jsonl" 2>/dev/null; do
    kill -0 "$3" 2>/dev/null || fail "$1 ended before step $2" "$4"
    sleep 0.05
  done
}

# expect_nobody HOST...: nothing of a job is left, after the seconds that its daemons may take.
expect_nobody() {
  local host
  for host in "$@"; do
    for _ in {1..100}; do
      [[ -n $("$here/cluster.sh" pids "$host") ]] || continue 2
      sleep 0.1
    done
    fail "processes are left on $host: $("$here/cluster.sh" pids "$host" | xargs -r ps -o args= -p)"
  done
}

# process_on HOST NAME: of an orted; or of the rank, whose name is that of the program.
process_on() {
  local process
  for process in $("$here/cluster.sh" pids "$1"); do
    if [[ $(basename "$(readlink "/proc/$process/exe")") == "$2" ]]; then echo "$process"; fi
  done
}
rank_on() { process_on "$1" "$(basename "$(readlink -f "$HOLDFAST_PROGRAM")")"; }
