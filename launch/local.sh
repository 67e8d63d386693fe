#!/usr/bin/env bash
# Runs a command of holdfast on several ranks of this machine.
#
#   launch/local.sh [-n RANKS] [-t THREADS] COMMAND [ARGUMENTS...]
#   launch/local.sh -n 2 train configs/mnist-pgd.yaml epochs=5
#
# -n  the ranks; one for each core if left out
# -t  the threads of each rank; the cores divided by the ranks if left out
#
# Ends with the exit code of the command. MPIRUN_FLAGS adds flags to mpirun.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

cores=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)
ranks=$cores
threads=
while getopts :n:t:h option; do
  case $option in
    n) ranks=$OPTARG ;;
    t) threads=$OPTARG ;;
    h) usage && exit 0 ;;
    *) usage >&2 && exit 64 ;;
  esac
done
shift $((OPTIND - 1))
(($# > 0)) || { usage >&2 && exit 64; }
for value in "$ranks" "${threads:-1}"; do
  [[ $value =~ ^[1-9][0-9]{0,3}$ ]] || fail 64 "'$value' is no number of ranks or threads."
done
threads=${threads:-$((cores > ranks ? cores / ranks : 1))}

require_program

# Ranks are not bound: the default binds each to one core, where all its threads would queue up. The vader setting
# leaves out a way of copying between processes that containers forbid.
flags=(-n "$ranks" --bind-to none --oversubscribe --mca btl_vader_single_copy_mechanism none)
# More ranks than cores: one that waits hands its core over.
((ranks * threads <= cores)) || flags+=(--mca mpi_yield_when_idle 1)
read -r -a extra <<<"${MPIRUN_FLAGS:-}"
show_progress
with_threads "$threads" "$@"
exec mpirun "${flags[@]}" "${extra[@]}" "$holdfast_program" "${command[@]}"
