#!/usr/bin/env bash
# Sets up what is missing, builds everything, and runs the whole test suite. Arguments go to `swift test`:
#
#   launch/test.sh
#   launch/test.sh --filter DatasetsTests
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

set_up
# Tests use the data that come along; only those of the published files look at the user's.
if [[ -n ${HOLDFAST_DATA:-} ]]; then export HOLDFAST_TEST_DATA=$HOLDFAST_DATA; fi
unset HOLDFAST_DATA
build --build-tests
say "testing"
# By itself, swift test would build all of it once more with other flags (-enable-testing), which no test needs.
exec swift test --package-path "$holdfast_root" -c release --skip-build "$@"
