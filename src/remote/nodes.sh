#!/bin/sh
# The nodes of a job that share one machine, all of them or a range: starts them once, waits, and stops the others when one fails. POSIX sh.
#
#   sh nodes.sh JOB_DIR          starts the job. Started twice, the second does nothing and exits with 0.
#   sh nodes.sh JOB_DIR settle   ends what is left of nodes whose launcher died, and writes their exit files.
#
# In, by environment: TRAINYARD_NUM_NODES (default 1), all nodes of the job; TRAINYARD_FIRST_RANK and TRAINYARD_HOST_NODES, those of this
# machine where others have the rest (default: all from 0 on); all that launch.sh takes except TRAINYARD_NODE_RANK; TRAINYARD_SH, the
# shell that runs the launchers, default sh. SIGTERM, SIGINT or SIGHUP stops the job.
# Out: JOB_DIR/claim ("started <pid> <unix ms> <boot id>"), JOB_DIR/nodes/<rank>/ (launch.sh), and in there `peer` with "node K failed first" for a node
# that is stopped for that. Detach it (own session, no terminal, output to /dev/null): nothing of the job depends on who started it.
# Exit status: 0 when every node ended with 0 or the job was claimed before, else that of the first rank that did not; 64 for
# wrong arguments, 73 when JOB_DIR can't be written.
#
# If this process is killed, each node goes on and ends properly: every launcher has a keeper of its own.

# shellcheck source=given.sh
case $0 in */*) . "${0%/*}/given.sh" ;; *) . ./given.sh ;; esac
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
# shellcheck source=processes.sh
. "$here/processes.sh"
# shellcheck source=records.sh
. "$here/records.sh"

if [ $# -lt 1 ] || [ ! -d "$1" ]; then
  echo 'usage: nodes.sh JOB_DIR [settle]' >&2
  exit 64
fi
job_dir=$1
case $job_dir in /*) ;; *) job_dir=$PWD/$job_dir ;; esac
whole "${TRAINYARD_NUM_NODES-}" 1 && nodes=$whole
[ "$nodes" -gt 0 ] || nodes=1
whole "${TRAINYARD_FIRST_RANK-}" 0 && first=$whole
whole "${TRAINYARD_HOST_NODES-}" $((nodes - first)) && beyond=$((first + whole))
whole "${TRAINYARD_GRACE_SECONDS-}" 30 && patient "$whole"

# folder RANK: the names that records.sh uses.
folder() {
  rank=$1
  node_dir=$job_dir/nodes/$1
  telemetry=$node_dir/telemetry
}

# boot -> $boot: names the time since the machine was started; `-` where nothing does.
boot() { { read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || boot=-; }

# launcher RANK -> $launcher, or empty when it does not live (any more).
launcher() {
  launcher='' started=''
  { read -r launcher started <"$job_dir/nodes/$1/pid"; } 2>/dev/null || true
  alive "$launcher" "$started" || launcher=''
}

# bury RANK [STATUS]: the launcher ended without a word. Ends what it started and says so in its place.
bury() {
  folder "$1"
  pid='' started=''
  { read -r pid started <"$node_dir/pid"; } 2>/dev/null || true
  if [ -n "$started" ]; then
    sweep "$patience" "node-$pid-$started-"
    sweep 0 "tick-$pid-$started- host-$pid-$started- gpu-$pid-$started-"
  fi
  if [ "${2:-137}" -gt 128 ]; then
    write_exit "\"kind\":\"exit\",\"code\":137,\"signal\":\"SIGKILL\",\"reason\":\"${lost:-the launcher was killed}\",\"phaseAt\":\"run\",\"reasonKind\":\"lost\""
  else
    write_exit "\"kind\":\"exit\",\"code\":$2,\"signal\":null,\"reason\":\"the launcher failed with code $2\",\"phaseAt\":\"run\",\"reasonKind\":\"lost\""
  fi
}

# keep RANK: starts one launcher and sees to its end. Returns its exit status.
keep() {
  trap : TERM INT HUP # its launcher is told by stop_all, or by whoever signals the group
  (
    export TRAINYARD_JOB_DIR="$job_dir" TRAINYARD_NODE_RANK="$1"
    set -- "${TRAINYARD_SH:-sh}" "$here/launch.sh"
    give_back
    in_session "$@"
  ) </dev/null >/dev/null 2>&1 &
  launched=$!
  wait_for "$launched"
  code=$status
  [ -e "$job_dir/nodes/$1/exit" ] || bury "$1" "$code"
  [ "$code" -eq 0 ] || stop_others "$1"
  return "$code"
}

# stop_others RANK: after it failed. The file says why, and reaches a launcher that has not even started yet.
stop_others() {
  end=''
  { read -r end <"$job_dir/nodes/$1/exit"; } 2>/dev/null || true
  case $end in *'"reasonKind":"peer"'*) return ;; esac
  other=$first
  while [ "$other" -lt "$beyond" ]; do
    if [ "$other" -ne "$1" ] && [ ! -e "$job_dir/nodes/$other/exit" ]; then
      { printf 'node %s failed first\n' "$1" >"$job_dir/nodes/$other/peer"; } 2>/dev/null
      launcher "$other"
      [ -z "$launcher" ] || signal TERM "$launcher"
    fi
    other=$((other + 1))
  done
}

# shellcheck disable=SC2317 # called by a trap
# stop_all SIGNAL: the file first, so that no node takes another's end for the reason.
stop_all() {
  (set -C && printf 'stopped by %s\n' "$1" >"$job_dir/stop") 2>/dev/null
  one=$first
  while [ "$one" -lt "$beyond" ]; do
    launcher "$one"
    [ -z "$launcher" ] || signal TERM "$launcher"
    one=$((one + 1))
  done
}

# wait_for PID -> $status, however many signals come meanwhile.
wait_for() {
  wait "$1"
  status=$?
  while kill -0 "$1" 2>/dev/null; do
    wait "$1"
    status=$?
  done
}

boot
if [ "${2-}" = settle ]; then
  { read -r _ _ _ booted <"$job_dir/claim"; } 2>/dev/null || booted=''
  case $booted in '' | - | "$boot") lost='' ;; *) lost='the machine was restarted' ;; esac
  for node_dir in "$job_dir"/nodes/*; do
    launcher "${node_dir##*/}"
    [ -e "$node_dir/exit" ] || [ -n "$launcher" ] || bury "${node_dir##*/}"
  done
  exit 0
fi

# claimed: whether the claim is ours. It is whole as soon as it is there: who found it half would give the job up, and it would run all the
# same. Only where there are no hard links it is written in its place.
claimed() {
  draft=$job_dir/.claim.$$ words="started $$ $now $boot"
  { printf '%s\n' "$words" >"$draft" && ln "$draft" "$job_dir/claim"; } || (set -C && printf '%s\n' "$words" >"$job_dir/claim")
  result=$?
  rm -f "$draft"
  return "$result"
}

# The claim is made by whoever comes first: another starter, or the editor, when it gives the job up.
now
if ! claimed 2>/dev/null; then
  [ -e "$job_dir/claim" ] && exit 0
  echo "nodes.sh: can't write to the job's folder: $job_dir" >&2
  exit 73
fi

trap 'stop_all SIGTERM' TERM
trap 'stop_all SIGINT' INT
trap 'stop_all SIGHUP' HUP
unset TRAINYARD_NODE_TOKEN # of an outer job, which ends its own processes only

set --
rank=$first
while [ "$rank" -lt "$beyond" ]; do
  set -- "$@" "$job_dir/nodes/$rank"
  rank=$((rank + 1))
done
mkdir -p "$@"

set --
rank=$first
while [ "$rank" -lt "$beyond" ]; do
  keep "$rank" &
  set -- "$@" "$!"
  rank=$((rank + 1))
done
result=0
for keeper in "$@"; do
  wait_for "$keeper"
  [ "$result" -ne 0 ] || result=$status
done
exit "$result"
