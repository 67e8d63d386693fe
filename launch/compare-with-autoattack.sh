#!/usr/bin/env bash
# Runs AutoAttack in holdfast and the original implementation in PyTorch in turn, on the same weights and images.
#
#   launch/compare-with-autoattack.sh --autoattack CHECKOUT --folder IDX_FOLDER [OPTIONS...] MODEL=WEIGHTS...
#   launch/compare-with-autoattack.sh --autoattack auto-attack --folder data/mnist cnn-small=weights.safetensors
#
# --python    a Python with PyTorch, NumPy and safetensors; python3 if left out
# --holdfast  the program; that of this checkout if left out
#
# The other options: --help. The original: git clone https://github.com/fra31/auto-attack
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

compare_in_python compare_autoattack.py "$@"
