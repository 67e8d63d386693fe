#!/usr/bin/env bash
# Sets up what is missing, builds, trains one network as usual and one on adversarial examples, both on the digits
# that come along and on two MPI ranks, and measures how robust each is.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
(($# == 0)) ||
  fail 64 "the quick start takes no arguments. For other runs: launch/local.sh train configs/mnist-pgd.yaml"

set_up
build --product holdfast
cd "$holdfast_root"
SECONDS=0

# Progress goes to standard error; the table at the end is what `train` has on standard output.
train() {
  launch/local.sh -n 2 -t 1 train "configs/$1.yaml" --overwrite
}
say "standard training on 2 ranks: configs/quickstart-standard.yaml"
standard=$(train quickstart-standard)
say "adversarial training on 2 ranks: configs/quickstart.yaml"
robust=$(train quickstart)

cat <<RESULTS

Standard training:
$(grep -v '^results:' <<<"$standard")

Adversarial training:
$(grep -v '^results:' <<<"$robust")

Where the results lie, in $holdfast_root:
  runs/quickstart/evaluations/final/evaluation.json    clean and robust accuracy, as counts with intervals
  runs/quickstart/evaluations/final/verdicts.jsonl     what became of each test image
  runs/quickstart/checkpoints/$(<runs/quickstart/checkpoints/best)/            the weights that were measured
  runs/quickstart/metrics.jsonl                        loss and accuracy while it trained
  runs/quickstart/report.html                          all of it for a browser
  runs/quickstart-standard/                            the same for standard training

All this took $SECONDS s after the build. More: .build/release/holdfast evaluate runs/quickstart --epsilon 0.1,0.2,0.3
RESULTS
