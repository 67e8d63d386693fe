# shellcheck shell=bash
# What the scripts of this folder share; to be sourced. It finds the checkout, installs what is missing, builds.
# Nothing here depends on the current directory.

holdfast_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# The program, once it is built; HOLDFAST_PROGRAM names one that is installed elsewhere.
# shellcheck disable=SC2034 # for those who source this
holdfast_program=${HOLDFAST_PROGRAM:-$holdfast_root/.build/release/holdfast}

say() { printf '==> %s\n' "$*" >&2; }

# usage: the comment at the top of the script that is running.
usage() {
  sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "$0"
}

# fail CODE MESSAGE...: codes as those of the program (README, "Exit codes").
fail() {
  local code=$1
  shift
  printf 'error: %s\n' "$*" >&2
  exit "$code"
}

require_swift() {
  command -v swift >/dev/null ||
    fail 69 "there is no 'swift' on the PATH. Install Swift 6.1 or later (https://www.swift.org/install/linux/) and start again."
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1) || true
  [[ -n $version ]] || fail 69 "'swift --version' does not work. Reinstall Swift 6.1 or later (https://www.swift.org/install/linux/)."
  local major=${version%%.*} minor=${version#*.}
  ((major > 6 || (major == 6 && minor >= 1))) ||
    fail 69 "this is Swift $version, and Swift 6.1 or later is needed (https://www.swift.org/install/linux/)."
}

# The Debian packages that are not installed. Programs count from wherever they come.
missing_packages() {
  local package
  for package in pkg-config curl; do
    command -v "$package" >/dev/null || echo "$package"
  done
  command -v mpirun >/dev/null || echo openmpi-bin
  local libraries=(libopenmpi-dev zlib1g-dev libpng-dev)
  # HOLDFAST_ONEDNN names a folder with another.
  [[ -n ${HOLDFAST_ONEDNN:-} ]] || libraries+=(libdnnl-dev)
  for package in "${libraries[@]}"; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]} > 0)) || return 0

  local install="apt-get install ${missing[*]}"
  command -v apt-get >/dev/null ||
    fail 69 "the set-up installs Debian packages, and there is no apt-get here. Install what corresponds to: ${missing[*]}"
  local as_root=()
  if ((EUID != 0)); then
    # A terminal can ask for the password; without one, sudo has to work without asking.
    if [[ -t 0 ]]; then as_root=(sudo); else as_root=(sudo --non-interactive); fi
    if ! command -v sudo >/dev/null || ! "${as_root[@]}" true; then
      fail 69 "these packages are missing, and installing them needs root or sudo: ${missing[*]}
       Have an administrator run: $install"
    fi
  fi
  # Wait where another apt is at work, as on machines that have just started.
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get
    -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  local log=$holdfast_root/.build/launch-apt.log
  mkdir -p "$holdfast_root/.build"

  say "installing ${missing[*]} (log: $log)"
  if ! { "${apt[@]}" update && "${apt[@]}" install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail 69 "installing failed (see above). Mend that, or install by hand: $install"
  fi
}

# Which oneDNN the build takes. Debian's is the default: apt keeps it up to date and needs no pip, and 3.2 was no faster
# (3.2 by 2.6.3 in training steps with PGD-10 on an EPYC 9004, one thread: cnn-madry 0.95, cnn-small 1.04, cnn-trades
# 1.03, lenet 0.96, all within the spread of the rounds).
choose_onednn() {
  if [[ -z ${HOLDFAST_ONEDNN:-} ]]; then
    local version
    version=$(dpkg-query --show --showformat='${Version}' libdnnl-dev 2>/dev/null || echo unknown)
    say "oneDNN: Debian's ${version%-*}, which apt keeps up to date and 3.2 does not outrun (launch/onednn.sh gets 3.2)"
    return
  fi
  # As Package.swift reads it.
  local folder=$HOLDFAST_ONEDNN
  [[ $folder == /* ]] || folder=$holdfast_root/$folder
  local file
  for file in include/oneapi/dnnl/dnnl.h lib/libdnnl.so; do
    [[ -e $folder/$file ]] ||
      fail 66 "HOLDFAST_ONEDNN is '$HOLDFAST_ONEDNN', and there is no $folder/$file. Set it to the folder that holds include/ and lib/ of a oneDNN, or unset it for Debian's."
  done
  say "oneDNN: that in $folder, as HOLDFAST_ONEDNN says"
}

# Everything that has to be there before the first build.
set_up() {
  require_swift
  install_packages
  choose_onednn
  pkg-config --exists ompi-c ||
    fail 69 "pkg-config does not find Open MPI (ompi-c). With an Open MPI of your own, set PKG_CONFIG_PATH to its lib/pkgconfig."
}

# A trap is reported by its exit code; symbolising its stack takes seconds on every rank.
export SWIFT_BACKTRACE=enable=no
if ((EUID == 0)); then
  # Open MPI refuses to run as root unless told twice. In containers root is all there is.
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

# build ARGUMENTS...: swift build -c release with these arguments, its output in a log unless it fails.
build() {
  local log=$holdfast_root/.build/launch-build.log
  mkdir -p "$holdfast_root/.build"
  # Packages come from a network that may stumble.
  local try
  for try in 1 2 3; do
    if swift package --package-path "$holdfast_root" resolve >"$log" 2>&1; then break; fi
    ((try < 3)) || {
      tail -n 20 "$log" >&2
      fail 69 "the Swift packages could not be fetched (see above). They come from github.com; start again when it can be reached."
    }
    sleep 5
  done
  say "building (minutes the first time, seconds later; log: $log)"
  SECONDS=0
  if ! swift build --package-path "$holdfast_root" -c release "$@" >"$log" 2>&1; then
    grep -E -A 3 'error:' "$log" | head -n 40 >&2 || true
    tail -n 5 "$log" >&2
    fail 70 "the build failed (see above and $log)."
  fi
  say "built in $SECONDS s"
}

# show_progress: has the program replace its line of progress where somebody looks at it. The ranks' standard error is a
# pipe to mpirun: only here is it known to be a terminal.
show_progress() {
  [[ -t 2 && -z ${HOLDFAST_PROGRESS:-}${SLURM_JOB_ID:-}${PBS_JOBID:-} ]] || return 0
  export HOLDFAST_PROGRESS=terminal
  local columns
  columns=$(stty size <&2 2>/dev/null | cut -d ' ' -f 2) || return 0
  export COLUMNS=$columns
}

# require_program: a program that HOLDFAST_PROGRAM names has to be there; ours is built if it is not.
require_program() {
  [[ ! -x $holdfast_program ]] || return 0
  [[ -z ${HOLDFAST_PROGRAM:-} ]] ||
    fail 66 "HOLDFAST_PROGRAM is '$HOLDFAST_PROGRAM', and there is no such program. Set it to the path of holdfast, or unset it."
  set_up
  build --product holdfast
}

# with_threads THREADS COMMAND [ARGUMENTS...]: the command in the array `command`, with the threads of each rank if it takes
# any. What the user says comes later, and wins.
# shellcheck disable=SC2034 # for those who source this
with_threads() {
  local threads=$1
  shift
  case $1 in
    train | evaluate | attack | certify | doctor) command=("$1" --threads "$threads" "${@:2}") ;;
    bench)
      case ${2:-} in
        step | evaluation) command=("$1" "$2" --threads "$threads" "${@:3}") ;;
        *) command=("$@") ;;
      esac
      ;;
    *) command=("$@") ;;
  esac
}

# compare_in_python SCRIPT ARGUMENTS...: a script of Tests/Peers, by the Python with PyTorch that --python names, on the
# program that --holdfast names.
compare_in_python() {
  local script=$1 python=python3 program=$holdfast_program arguments=()
  shift
  while (($# > 0)); do
    case $1 in
      --python | --holdfast)
        (($# > 1)) || fail 64 "$1 needs a value."
        if [[ $1 == --python ]]; then python=$2; else program=$2; fi
        shift
        ;;
      -h | --help) exec python3 "$holdfast_root/Tests/Peers/$script" --help ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
  "$python" -c 'import numpy, safetensors, torch' 2>/dev/null ||
    fail 69 "'$python' has no PyTorch. Get it by: python3 -m venv FOLDER && FOLDER/bin/pip install --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0+cpu numpy safetensors; then say --python FOLDER/bin/python."
  [[ -x $program ]] || fail 66 "there is no program '$program'. Build it: swift build -c release --product holdfast"
  exec "$python" "$holdfast_root/Tests/Peers/$script" --holdfast "$program" "${arguments[@]}"
}
