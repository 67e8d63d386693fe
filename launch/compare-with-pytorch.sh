#!/usr/bin/env bash
# Runs holdfast and the same computation in PyTorch in turn on this machine, and prints the ratios of their speeds.
#
#   launch/compare-with-pytorch.sh [--python PATH] [OPTIONS...]
#   launch/compare-with-pytorch.sh --ranks 2 --pairs 15 --cells "cnn-madry:40 lenet:10"
#   launch/compare-with-pytorch.sh --evaluation --pairs 3
#
# --python    a Python with PyTorch, NumPy and safetensors; python3 if left out
# --holdfast  the program; that of this checkout if left out
#
# The other options: --help. MPIRUN_FLAGS adds flags to mpirun.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

compare_in_python compare.py "$@"
