#!/usr/bin/env bash
# Feeds every parser with damaged input (libFuzzer, led by the code that inputs reach), and says how much:
#
#   launch/fuzz.sh                                # 200,000 executions of each parser
#   launch/fuzz.sh 1000000 safetensors idx-gzip   # other counts, some parsers
#
# An input that traps, takes more than 10 seconds or more than 2 GB ends the script with exit code 70; it is left in
# the folder of its parser below .build/fuzz-inputs, where the corpus stays for the next time.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

executions=${1:-200000}
[[ $executions =~ ^[1-9][0-9]*$ ]] || fail 64 "'$executions' is no number of executions."
set_up

resources=$(swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
library=$resources/clang/lib/linux/libclang_rt.fuzzer_no_main-$(uname -m).a
[[ -e $library ]] || fail 69 "this Swift comes without libFuzzer: there is no $library."
# A build of its own: nothing else should count what it reaches.
export HOLDFAST_FUZZ=$library
folder=$holdfast_root/.build/fuzz
build --scratch-path "$folder" --product ParserFuzzer
program=$folder/release/ParserFuzzer

mapfile -t targets < <("$program")
if (($# > 1)); then targets=("${@:2}"); fi
for target in "${targets[@]}"; do
  inputs=$holdfast_root/.build/fuzz-inputs/$target
  mkdir -p "$inputs"
  log=$inputs/log
  # The limit on the address space catches what is asked for at once, without being touched.
  if ! (ulimit -v 16000000 && "$program" "$target" "$inputs" "-runs=$executions" -seed=1 -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1) >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail 70 "$target: an input was handled wrongly (see above; the input is in $inputs, the log is $log)."
  fi
  awk -v target="$target" '/stat::number_of_executed_units/ { n = $2 } /stat::peak_rss_mb/ { m = $2 }
    /DONE/ { for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1) }
    END { printf "%-14s %9d executions, %5d places reached, at most %4d MB\n", target, n, c, m }' "$log"
done
