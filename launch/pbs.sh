#!/usr/bin/env bash
#PBS -N holdfast
#PBS -l select=2:ncpus=16:mpiprocs=1
#PBS -l walltime=12:00:00
#PBS -j oe
#PBS -r y
# Trains on the nodes of a PBS job, from the folder of the checkout. Tests/Cluster/pbs.sh runs it on
# hosts of its own, with a stand-in for PBS: no PBS was at hand.
#
#   qsub -l select=4:ncpus=16:mpiprocs=1 -v HOLDFAST_ARGUMENTS="train configs/mnist-pgd.yaml" launch/pbs.sh
#
# HOLDFAST_ARGUMENTS are those of launch/supervise.sh, separated by blanks. Hosts come from $PBS_NODEFILE and are
# reached by ssh, since Debian's Open MPI is built without PBS's own interface. At the time limit PBS sends SIGTERM:
# the run stops with a checkpoint if the site leaves it the time (kill_delay), and the job goes back into the queue.
set -uo pipefail
cd "${HOLDFAST_ROOT:-$PBS_O_WORKDIR}" || exit 66

read -r -a arguments <<<"${HOLDFAST_ARGUMENTS:?such as: train configs/mnist-pgd.yaml}"
launch/supervise.sh "${arguments[@]}" &
supervisor=$!
trap 'kill -USR1 "$supervisor" 2>/dev/null' USR1 TERM
# A signal ends a wait early.
while
  wait "$supervisor"
  code=$?
  kill -0 "$supervisor" 2>/dev/null
do :; done
wait "$supervisor" 2>/dev/null || code=$?

((code != 75)) || qrerun "$PBS_JOBID"
exit "$code"
