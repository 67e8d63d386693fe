#!/usr/bin/env bash
# Gets a oneDNN 3 from PyPI for those who want it in place of Debian's oneDNN 2, and says how to build with it.
#
#   launch/onednn.sh FOLDER
#   eval "$(launch/onednn.sh FOLDER)" && launch/test.sh
#
# FOLDER then holds include/ and lib/ (about 55 MB). Standard output is the line for the shell; needs python3 with pip.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

if (($# != 1)) || [[ -z $1 || $1 == -* ]]; then
  usage >&2
  exit 64
fi
python3 -m pip --version >/dev/null 2>&1 ||
  fail 69 "there is no pip. Install it (apt-get install python3-pip) and start again."
mkdir -p "$1" || fail 74 "'$1' cannot be made. Choose another folder."
folder=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The builds with GNU's OpenMP; those without "gomp" bring runtimes of Intel's.
cat >"$work/packages" <<'PACKAGES'
onednn-cpu-gomp==2023.2.0 --hash=sha256:2f22a54d6a890ed14bfa185d42a4be65d8b5b1df85dc1f0f3a9abe31620416fb
onednn-devel-cpu-gomp==2023.2.0 --hash=sha256:9763c69e8c907e119056bd52ad918ca84ac9ba939d130a99dfa95ccca3e5e284
PACKAGES
say "downloading oneDNN 3.2 (39 MB)"
python3 -m pip download --quiet --no-deps --only-binary=:all: --require-hashes --dest "$work" \
  --requirement "$work/packages" >&2 ||
  fail 69 "pip could not download oneDNN (see above). It comes from pypi.org; start again when it can be reached."
for wheel in "$work"/*.whl; do
  python3 -m zipfile -e "$wheel" "$work/content"
done
cp -R "$work"/content/*.data/data/. "$folder" || fail 74 "nothing can be written to '$folder'."
# Archives of this kind have no links, and so hold the library three times.
ln -sf libdnnl.so.3.2 "$folder/lib/libdnnl.so.3"
ln -sf libdnnl.so.3 "$folder/lib/libdnnl.so"

say "oneDNN 3.2 is in $folder. Set HOLDFAST_ONEDNN as printed here, then build:"
printf 'export HOLDFAST_ONEDNN=%q\n' "$folder"
