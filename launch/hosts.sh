#!/usr/bin/env bash
# Runs a command of holdfast on the hosts of a cluster, one rank for each socket unless told otherwise.
#
#   launch/hosts.sh [OPTIONS] COMMAND [ARGUMENTS...]
#   launch/hosts.sh --hostfile hosts train configs/mnist-pgd.yaml
#
# --hostfile FILE     lines such as `node01` or `node01 slots=16`, which means 16 cores of it. Left out: the hosts of
#                     the Slurm job or PBS job that this runs in
# --ranks-per-host R  if left out: as many as -n needs, or one for each socket
# -n RANKS            ranks in all; R times the hosts if left out, and no more than that
# -t THREADS          of each rank; the cores of the smallest host divided by R if left out
# --bind core|none    whether threads keep to cores of their own; core if there are enough
# --keepalive T/I/N   a silent host is given up after T seconds and N questions I seconds apart; 30/10/6
# --agent COMMAND     what reaches a host; ssh, or srun in a Slurm job
# --answering         go on with the hosts that answer
# --min-ranks M       with fewer the job does not start; 1
# --dry-run           print the mpirun command, and stop
#
# Every host needs the program, the configuration and the data under the same paths. Ends with the exit code of the
# command. MPIRUN_FLAGS adds flags to mpirun, and HOLDFAST_* variables go along.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

program=$holdfast_program
hostfile='' ranks_per_host='' ranks='' threads='' bind='' keepalive=30/10/6 agent='' answering=0 min_ranks=1 dry_run=0
while (($# > 0)); do
  case $1 in
    --answering) answering=1 ;;
    --dry-run) dry_run=1 ;;
    -h | --help) usage && exit 0 ;;
    --hostfile | --ranks-per-host | -n | -t | --bind | --keepalive | --agent | --min-ranks)
      (($# > 1)) || fail 64 "$1 needs a value."
      case $1 in
        --hostfile) hostfile=$2 ;;
        --ranks-per-host) ranks_per_host=$2 ;;
        -n) ranks=$2 ;;
        -t) threads=$2 ;;
        --bind) bind=$2 ;;
        --keepalive) keepalive=$2 ;;
        --agent) agent=$2 ;;
        --min-ranks) min_ranks=$2 ;;
      esac
      shift
      ;;
    -*) usage >&2 && exit 64 ;;
    *) break ;;
  esac
  shift
done
(($# > 0)) || { usage >&2 && exit 64; }
for value in "${ranks_per_host:-1}" "${ranks:-1}" "${threads:-1}" "$min_ranks"; do
  [[ $value =~ ^[1-9][0-9]{0,4}$ ]] || fail 64 "'$value' is no number of ranks or threads."
done
[[ -z $bind || $bind == core || $bind == none ]] || fail 64 "--bind is '$bind' and has to be core or none."
[[ $keepalive =~ ^([0-9]+)/([0-9]+)/([0-9]+)$ ]] ||
  fail 64 "--keepalive is '$keepalive' and has to be SECONDS/SECONDS/TIMES, such as 30/10/6."
flags=(--mca oob_tcp_keepalive_time "${BASH_REMATCH[1]}" --mca oob_tcp_keepalive_intvl "${BASH_REMATCH[2]}"
  --mca oob_tcp_keepalive_probes "${BASH_REMATCH[3]}")

# Names, and how many cores of each may be used (0: all).
names=()
declare -A room=()
if [[ -n $hostfile ]]; then
  [[ -r $hostfile ]] || fail 66 "there is no host file '$hostfile'."
  while read -r name rest || [[ -n $name ]]; do
    [[ -n $name && $name != \#* ]] || continue
    [[ $rest =~ slots\ *=\ *([0-9]+) ]] && slots=${BASH_REMATCH[1]} || slots=0
    [[ -n ${room[$name]:-} ]] || names+=("$name")
    room[$name]=$((${room[$name]:-0} + slots))
  done <"$hostfile"
elif [[ -n ${SLURM_JOB_NODELIST:-} ]]; then
  while read -r name; do
    names+=("$name")
    # What the job was given; a step that only asks would see a part of it.
    room[$name]=${SLURM_CPUS_PER_TASK:+$((SLURM_CPUS_PER_TASK * ${SLURM_NTASKS_PER_NODE:-1}))}
    room[$name]=${room[$name]:-${SLURM_CPUS_ON_NODE:-0}}
  done < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
elif [[ -n ${PBS_NODEFILE:-} ]]; then
  while read -r name; do
    [[ -n ${room[$name]:-} ]] || names+=("$name")
    room[$name]=${NCPUS:-0}
  done <"$PBS_NODEFILE"
else
  fail 64 "there are no hosts: give --hostfile, or start this in a job of Slurm or PBS. One machine: launch/local.sh"
fi
((${#names[@]} > 0)) || fail 64 "the host file '$hostfile' names no hosts."

# shellcheck disable=SC2317,SC2329 # called below, by another shell
if [[ -n ${SLURM_JOB_ID:-} && -z $agent ]]; then
  # Steps share the job's CPUs; otherwise one would wait for the step of a host that is half dead. mpirun's daemon gets
  # all of them, and binds its ranks itself.
  flags+=(--mca plm_slurm_args --overlap)
  ((room[${names[0]}] == 0)) || export SRUN_CPUS_PER_TASK=${room[${names[0]}]}
  export SLURM_CPU_BIND=none
  reach() { srun --overlap --immediate=5 -N1 -n1 --mpi=none -w "$1" sh -c "$2"; }
else
  # In a Slurm job mpirun would take srun of its own accord.
  [[ -z $agent ]] || flags+=(--mca plm rsh)
  agent=${agent:-${OMPI_MCA_plm_rsh_agent:-ssh -o BatchMode=yes -o ConnectTimeout=5}}
  flags+=(--mca plm_rsh_agent "$agent")
  reach() {
    if is_here "$1"; then sh -c "$2"; else $agent "$1" "$2"; fi
  }
fi
# mpirun starts its own ranks without an agent, too.
here=" localhost $(hostname) $(hostname -s 2>/dev/null || true) $(hostname -I 2>/dev/null || true) "
# shellcheck disable=SC2317,SC2329 # likewise
is_here() { [[ $here == *" $1 "* ]]; }

# Ask all hosts at once; each answers with its cores and sockets. nproc counts what a container or scheduler leaves,
# and hardware threads; lscpu cores.
# shellcheck disable=SC2016 # for the shell of the host
question='cores=$(lscpu -p=CORE,SOCKET 2>/dev/null | grep -v "^#" | sort -u | wc -l)
cpus=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc $all); [ "$cores" -gt 0 ] || cores=$cpus
[ "$cores" -lt "$cpus" ] || cores=$cpus
sockets=$(lscpu -p=SOCKET 2>/dev/null | grep -v "^#" | sort -u | wc -l); [ "$sockets" -gt 0 ] || sockets=1
[ -x "$program" ] || cores=none; echo "answer $cores $sockets"'
export -f reach is_here
export agent here
question="all=${SLURM_JOB_ID:+--all}; program='$program'; $question"
answers=$(mktemp -d)
trap 'rm -rf "$answers"' EXIT
for name in "${names[@]}"; do
  # shellcheck disable=SC2016 # for the inner shell
  timeout -k 1 15 bash -c 'reach "$@"' reach "$name" "$question" >"$answers/$name" 2>"$answers/$name.error" </dev/null &
done
wait
up=()
least_cores='' least_sockets=''
for name in "${names[@]}"; do
  read -r _ cores sockets < <(grep -a '^answer ' "$answers/$name") || cores=''
  if [[ -z $cores || $cores == none ]]; then
    if [[ $cores == none ]]; then problem="there is no program '$program' on $name"; else
      problem="host $name does not answer: $(tail -n 1 "$answers/$name.error")"
    fi
    ((answering == 1)) || fail 69 "$problem. Mend that, or take the host out of the list."
    say "leaving out a host: $problem"
    continue
  fi
  up+=("$name")
  ((room[$name] == 0 || cores < room[$name])) || cores=${room[$name]}
  room[$name]=$cores
  [[ -n $least_cores ]] && ((least_cores <= cores)) || least_cores=$cores
  [[ -n $least_sockets ]] && ((least_sockets <= sockets)) || least_sockets=$sockets
done
rm -rf "$answers"
trap - EXIT
unset -f reach is_here
export -n agent here
((${#up[@]} > 0)) || fail 69 "no host answers."

((least_sockets <= least_cores)) || least_sockets=$least_cores
if [[ -z $ranks_per_host ]]; then
  # As many as were asked for, spread over the hosts; fewer where hosts have gone.
  ranks_per_host=$least_sockets
  [[ -z $ranks ]] || ranks_per_host=$(((ranks + ${#names[@]} - 1) / ${#names[@]}))
fi
ranks=${ranks:-$((ranks_per_host * ${#up[@]}))}
((ranks <= ranks_per_host * ${#up[@]})) || ranks=$((ranks_per_host * ${#up[@]}))
((ranks >= min_ranks)) ||
  fail 69 "the ${#up[@]} hosts that answer (${up[*]}) hold $ranks ranks, and --min-ranks is $min_ranks."
threads=${threads:-$((least_cores > ranks_per_host ? least_cores / ranks_per_host : 1))}
wanted=$((ranks_per_host * threads))
for name in "${up[@]}"; do
  ((wanted <= room[$name])) && continue
  say "warning: $name has ${room[$name]} cores for $ranks_per_host ranks x $threads threads, which will wait for each other"
  bind=none
  flags+=(--mca mpi_yield_when_idle 1)
  break
done
bind=${bind:-core}
list=$(printf ",%s:$ranks_per_host" "${up[@]}")
map=ppr:$ranks_per_host:node
# Without PE, a rank and all its threads get one core.
[[ $bind == none ]] || map+=:PE=$threads
say "$ranks ranks x $threads threads on ${#up[@]} hosts (${up[*]}), $ranks_per_host a host, bound to: $bind"

# The vader setting leaves out a way of copying between processes that containers forbid.
flags=(-n "$ranks" --host "${list#,}" --map-by "$map" --bind-to "$bind" --oversubscribe
  --mca btl_vader_single_copy_mechanism none "${flags[@]}" -x SWIFT_BACKTRACE)
show_progress
[[ -z ${COLUMNS:-} ]] || flags+=(-x COLUMNS)
while read -r name; do flags+=(-x "$name"); done < <(compgen -e | grep '^HOLDFAST_' || true)
read -r -a extra <<<"${MPIRUN_FLAGS:-}"
with_threads "$threads" "$@"
command=(mpirun "${flags[@]}" "${extra[@]}" "$program" "${command[@]}")
if ((dry_run == 1)); then
  printf '%q ' "${command[@]}" && echo
  exit 0
fi
exec "${command[@]}"
