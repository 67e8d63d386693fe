#!/usr/bin/env bash
# Builds the documentation of all library modules with DocC, warnings being errors, and says how to look at it.
#
#   launch/docs.sh [--built] [FOLDER]
#
# --built  document what the last release build left, without building
# FOLDER   where the documentation goes; .build/documentation if left out
#
# Plain `docc` on what the compiler left beside the modules: the DocC plugin would be one more package for everybody who
# builds the program.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

# Every library module of ours in Swift, whatever comes: a new one without a landing page is an error.
modules=()
for path in "$holdfast_root"/Sources/*; do
  module=$(basename "$path")
  if [[ $module != holdfast && -n $(find "$path" -name "*.swift" -print -quit) ]]; then modules+=("$module"); fi
done

builds=1 folder=$holdfast_root/.build/documentation
for argument in "$@"; do
  case $argument in
    --built) builds=0 ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && exit 64 ;;
    *) folder=$argument ;;
  esac
done
set_up
tools=$(dirname "$(swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')")/../bin
for tool in docc swift-symbolgraph-extract; do
  [[ -x $tools/$tool ]] || fail 69 "this Swift comes without $tool: there is none in $tools."
done
((builds == 0)) || build --product holdfast

build_folder=$holdfast_root/.build/release
options=(-target "$(swift -print-target-info | sed -n 's/.*"triple": "\(.*\)".*/\1/p' | head -n 1)"
  -I "$build_folder/Modules" -minimum-access-level public -skip-synthesized-members)
# What the modules import: the system's libraries, and C modules of ours and of packages.
for library in COpenMPI COneDNN CZlib CPNG; do options+=(-I "$holdfast_root/Sources/$library"); done
if [[ -n ${HOLDFAST_ONEDNN:-} ]]; then
  # As Package.swift reads it.
  [[ $HOLDFAST_ONEDNN == /* ]] || HOLDFAST_ONEDNN=$holdfast_root/$HOLDFAST_ONEDNN
  options+=(-Xcc "-I$HOLDFAST_ONEDNN/include")
fi
read -r -a headers <<<"$(pkg-config --cflags ompi-c zlib libpng)"
for header in "${headers[@]}"; do options+=(-Xcc "$header"); done
for map in "$build_folder"/*.build/module.modulemap "$holdfast_root"/.build/checkouts/*/Sources/*/include/module.modulemap; do
  [[ ! -e $map ]] || options+=(-Xcc "-fmodule-map-file=$map")
done

mkdir -p "$folder"
rm -rf "$folder"/{symbols,*.doccarchive}
document() {
  local module=$1 catalog=$holdfast_root/Sources/$1/$1.docc symbols=$folder/symbols/$1
  [[ -e $catalog/$module.md ]] || fail 70 "the module $module has no landing page: write $catalog/$module.md."
  mkdir -p "$symbols"
  "$tools/swift-symbolgraph-extract" -module-name "$module" "${options[@]}" -output-dir "$symbols" ||
    fail 70 "the symbols of $module cannot be read (see above)."
  "$tools/docc" convert "$catalog" --additional-symbol-graph-dir "$symbols" \
    --fallback-display-name "$module" --fallback-bundle-identifier "holdfast.$module" \
    --warnings-as-errors --output-dir "$folder/$module.doccarchive"
}

archives=() failed=() jobs=()
for module in "${modules[@]}"; do
  archives+=("$folder/$module.doccarchive")
  # All at once: docc computes little, and waits a lot.
  document "$module" &
  jobs+=($!)
done
for index in "${!jobs[@]}"; do wait "${jobs[index]}" || failed+=("${modules[index]}"); done
((${#failed[@]} == 0)) || fail 70 "the documentation of ${failed[*]} has warnings or errors (see above)."
rm -rf "$folder/symbols"
"$tools/docc" merge "${archives[@]}" --synthesized-landing-page-name Holdfast --output-path "$folder/Holdfast.doccarchive"
rm -rf "${archives[@]}"

say "the documentation of ${#modules[@]} modules, without a warning, is in $folder/Holdfast.doccarchive"
say "look at it: python3 -m http.server --directory '$folder/Holdfast.doccarchive', then http://localhost:8000/documentation"
