#!/usr/bin/env bash
# Measures several models under several attacks and radii on several ranks, and writes a leaderboard.
#
#   launch/benchmark.sh [OPTIONS] --output FOLDER TARGET...
#   launch/benchmark.sh --attacks fgsm,pgd,autoattack --epsilons 0.1,0.2,0.3 --output boards/mnist \
#     runs/mnist-pgd runs/mnist-fgsm-rs cnn-small=weights.safetensors
#
# TARGET            a run, a checkpoint of one, or ARCHITECTURE=WEIGHTS.safetensors
# --output FOLDER   evaluations go to FOLDER/NAME/ATTACK[-NORM], leaderboard.json, .md and .html to FOLDER
# --attacks LIST    fgsm,pgd,autoattack if left out
# --norm NORM       linf, l2 or l1; that of each run if left out
# --epsilons LIST   those of each run if left out
# --limit N         only the first so many samples
# --data NAME       the data set, for files of weights
# -n RANKS          as in launch/local.sh; -t THREADS too
# --hostfile FILE   run on these hosts instead (launch/hosts.sh)
#
# After any interruption the same command goes on where it was. Ends with the exit code of the evaluation that failed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

folder='' attacks=fgsm,pgd,autoattack norm='' options=() launcher=("$holdfast_root/launch/local.sh") targets=()
while (($# > 0)); do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --output | --attacks | --norm | --epsilons | --limit | --data | -n | -t | --hostfile)
      (($# > 1)) || fail 64 "$1 needs a value."
      case $1 in
        --output) folder=$2 ;;
        --attacks) attacks=$2 ;;
        --norm) norm=$2 && options+=(--norm "$2") ;;
        --epsilons) options+=(--epsilon "$2") ;;
        --limit | --data) options+=("$1" "$2") ;;
        --hostfile) launcher[0]=$holdfast_root/launch/hosts.sh && launcher+=(--hostfile "$2") ;;
        -n | -t) launcher+=("$1" "$2") ;;
      esac
      shift
      ;;
    -*) usage >&2 && exit 64 ;;
    *) targets+=("$1") ;;
  esac
  shift
done
[[ -n $folder ]] || fail 64 "--output says where the leaderboard goes, and is missing."
((${#targets[@]} > 0)) || fail 64 "there is nothing to measure: name a run, or ARCHITECTURE=WEIGHTS.safetensors."
IFS=, read -r -a attacks <<<"$attacks"

# weights_of TARGET: what lies behind ARCHITECTURE=; a path that is there may hold a '=' of its own.
weights_of() { if [[ -e $1 ]]; then echo "$1"; else echo "${1#*=}"; fi; }

# Names of all targets first: two of one name would be one row.
declare -A target_of=()
names=()
for target in "${targets[@]}"; do
  name=$(basename "$(weights_of "$target")" .safetensors)
  [[ -z ${target_of[$name]:-} ]] || fail 64 "'${target_of[$name]}' and '$target' are both called $name: rename one."
  target_of[$name]=$target
  names+=("$name")
done

for name in "${names[@]}"; do
  target=${target_of[$name]} own=()
  weights=$(weights_of "$target")
  [[ $weights == "$target" ]] || own=(--model "${target%%=*}")
  for attack in "${attacks[@]}"; do
    say "$name under $attack"
    # What is finished is read again and not measured; what differs from it is refused in words.
    "${launcher[@]}" evaluate "$weights" "${own[@]}" --attack "$attack" "${options[@]}" --resume \
      --output "$folder/$name/$attack${norm:+-$norm}"
  done
done
"$holdfast_program" bench leaderboard "$folder"
say "the leaderboard: $folder/leaderboard.html, .md, .json"
