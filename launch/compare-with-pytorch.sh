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

python=python3
program=$holdfast_program
arguments=()
while (($# > 0)); do
  case $1 in
    --python | --holdfast)
      (($# > 1)) || fail 64 "$1 needs a value."
      if [[ $1 == --python ]]; then python=$2; else program=$2; fi
      shift
      ;;
    -h | --help) exec python3 "$holdfast_root/Tests/Peers/compare.py" --help ;;
    *) arguments+=("$1") ;;
  esac
  shift
done

"$python" -c 'import numpy, safetensors, torch' 2>/dev/null ||
  fail 69 "'$python' has no PyTorch. Get it by: python3 -m venv FOLDER && FOLDER/bin/pip install --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0+cpu numpy safetensors; then say --python FOLDER/bin/python."
[[ -x $program ]] || fail 66 "there is no program '$program'. Build it: swift build -c release --product holdfast"
exec "$python" "$holdfast_root/Tests/Peers/compare.py" --holdfast "$program" "${arguments[@]}"
