#!/bin/sh
# One node of a job, on any platform: runs setup and then run, samples the machine, keeps the job's own limits, and says how
# it ended. POSIX sh (dash, bash, busybox); needs the other files of its folder beside it, and awk.
#
# In, by environment. User envs and secrets are there already; nothing here writes them anywhere. Paths are absolute.
#   TRAINYARD_JOB_DIR         the job's folder, where the launcher owns the disk (local, SSH). Unset: one stream only (clouds).
#   TRAINYARD_JOB_ID          default: the name of the job's folder
#   TRAINYARD_NODE_RANK       0 and up, default 0       TRAINYARD_NUM_NODES    default 1
#   TRAINYARD_NODE_IPS        one a line, in rank order; default: 127.0.0.1 for each
#   TRAINYARD_GPUS_PER_NODE   default: what nvidia-smi lists, 0 without it
#   TRAINYARD_MASTER_ADDR     default: the first IP     TRAINYARD_MASTER_PORT  default 29500
#   TRAINYARD_SETUP, _RUN     the scripts, default JOB_DIR/setup.sh and JOB_DIR/run.sh; one that is not there is left out
#   TRAINYARD_WORKDIR         default JOB_DIR/nodes/<rank>/workdir
#   TRAINYARD_OUTPUTS         lines name=path, a path inside the workdir
#   TRAINYARD_OUTPUTS_DIR     default JOB_DIR/outputs; ranks above 0 write into node-<rank> in it
#   TRAINYARD_MAX_SECONDS     the job's longest life, setup included; unset or 0: no limit
#   TRAINYARD_IDLE_GPU_BELOW, TRAINYARD_IDLE_GPU_SECONDS   both: stop when every GPU stayed below that % for that long in run
#   TRAINYARD_GRACE_SECONDS   between SIGTERM and SIGKILL, default 30
#   TRAINYARD_SAMPLE_SECONDS  between samples, whole, default 2; 0: no samples (and no idle_gpu)
#   TRAINYARD_SH              the shell for sample.sh, default sh
#
# In, while it runs: SIGTERM, SIGINT or SIGHUP, or a file JOB_DIR/stop (its first line is the reason), stops the job; a file
# JOB_DIR/nodes/<rank>/peer does so because another node failed (nodes.sh).
#
# Out, with a job folder, under JOB_DIR/nodes/<rank>: log (the bytes of setup and run), telemetry (lines `##trainyard {json}`), pid
# ("<pid> <start time>", see start_time), phase (the last that began), and exit, written last and once: no process is left then, and the
# outputs are there. .phase, .exit and .exit.new are drafts. Without a job folder, the job's output and the telemetry share stdout,
# each record one write of a newline, the line and a newline.
# Exit status: that of run (128+n for signal n), of setup where that failed, and never 0 where the job was stopped.
#
# setup and run see what SkyPilot and torchrun define (`environment` below), TRAINYARD_JOB_ID and TRAINYARD_NODE_TOKEN (processes.sh).

case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
# shellcheck source=processes.sh
. "$here/processes.sh"
# shellcheck source=records.sh
. "$here/records.sh"

whole "${TRAINYARD_NODE_RANK-}" 0 && rank=$whole
whole "${TRAINYARD_NUM_NODES-}" 1 && nodes=$whole
whole "${TRAINYARD_GPUS_PER_NODE-}" '' && gpus=$whole
whole "${TRAINYARD_MASTER_PORT-}" 29500 && port=$whole
whole "${TRAINYARD_MAX_SECONDS-}" 0 && max=$whole
whole "${TRAINYARD_GRACE_SECONDS-}" 30 && patient "$whole"
whole "${TRAINYARD_SAMPLE_SECONDS-}" 2 && every=$whole
whole "${TRAINYARD_IDLE_GPU_SECONDS-}" 0 && idle_for=$whole
idle_below=${TRAINYARD_IDLE_GPU_BELOW-}

job_dir=${TRAINYARD_JOB_DIR-}
node_dir=${job_dir:+$job_dir/nodes/$rank}
telemetry=${node_dir:+$node_dir/telemetry}
log=${node_dir:+$node_dir/log}
job=${TRAINYARD_JOB_ID:-${job_dir##*/}}
setup=${TRAINYARD_SETUP-${job_dir:+$job_dir/setup.sh}}
run=${TRAINYARD_RUN-${job_dir:+$job_dir/run.sh}}
workdir=${TRAINYARD_WORKDIR-${node_dir:+$node_dir/workdir}}
outputs_dir=${TRAINYARD_OUTPUTS_DIR-${job_dir:+$job_dir/outputs}}
ips=${TRAINYARD_NODE_IPS-}
if [ -z "$ips" ]; then
  ips=127.0.0.1 n=1
  while [ "$n" -lt "$nodes" ]; do
    ips=$ips${newline}127.0.0.1
    n=$((n + 1))
  done
fi
master=${TRAINYARD_MASTER_ADDR:-${ips%%"$newline"*}}

stop_kind=''   # a reasonKind, set once, when the job is asked to stop
stop_reason='' # in words
child=''       # the script that runs now
leader=''      # the last child, if it leads a session of its own
over=''        # set when the scripts have ended: a stop comes too late from then on
interrupted='' # set by every signal, to tell an interrupted `wait` from an ended child

# Signals. A handler does by itself what is urgent, for the main line may be just about to block in `wait`. It must not touch what
# the main line may be in the middle of, such as a record. What can wait is done at the next tick, a SIGALRM a second (sample.sh).
trap 'interrupted=1; asked_to_stop SIGTERM' TERM
trap 'interrupted=1; asked_to_stop SIGINT' INT
trap 'interrupted=1; asked_to_stop SIGHUP' HUP
trap 'interrupted=1; asked_to_stop idle_gpu' USR2 # from sample.sh
trap 'interrupted=1' ALRM

# asked_to_stop BY: a file has the better reason.
asked_to_stop() {
  [ -z "$stop_kind$over" ] || return 0
  stop_kind=stopped
  if [ -n "$job_dir" ] && [ -e "$job_dir/stop" ]; then
    first_line "$job_dir/stop" 'stopped by you'
  elif [ -n "$node_dir" ] && [ -e "$node_dir/peer" ]; then
    stop_kind=peer
    first_line "$node_dir/peer" 'another node failed first'
  else
    case $1 in
      max_duration) stop_kind=$1 && in_words "$max" && stop_reason="max_duration of $in_words reached" ;;
      idle_gpu) stop_kind=$1 && in_words "$idle_for" && stop_reason="every GPU was below $idle_below % for $in_words" ;;
      *) stop_reason="stopped by $1" ;;
    esac
  fi
  end_child
}

# first_line FILE DEFAULT -> $stop_reason
first_line() {
  { IFS= read -r stop_reason <"$1"; } 2>/dev/null || true # false also where the last line has no end
  stop_reason=${stop_reason:-$2}
}

# end_child: SIGTERM to all that the job started, and SIGKILL after the grace. Each process gets one SIGTERM, for many programs take
# a second one as "at once".
end_child() {
  [ -n "$child" ] && [ -z "${stop_by-}" ] || return 0
  uptime
  stop_by=$((uptime + patience))
  if [ -n "$leader" ] && signal TERM "-$leader"; then
    # shellcheck disable=SC2046 # a list of pids
    signal TERM $(members "node-$token-" "$leader" outside)
  else
    # shellcheck disable=SC2046
    signal TERM "$child" $(members "node-$token-" | grep -vx "$child")
  fi
  start_ticking # again, in case that something killed it
}

# in_words SECONDS -> $in_words
in_words() {
  if [ $(($1 % 3600)) -eq 0 ]; then
    in_words="$(($1 / 3600)) h"
  elif [ $(($1 % 60)) -eq 0 ]; then
    in_words="$(($1 / 60)) min"
  else
    in_words="$1 s"
  fi
}

# wait_for PID -> $status, however many signals come meanwhile.
wait_for() {
  before=''
  while :; do
    interrupted=''
    wait "$1"
    status=$?
    # 127 the second time: it had ended at the very moment of the signal.
    if [ "$status" -eq 127 ] && [ -n "$before" ]; then status=$before && return; fi
    [ -n "$interrupted" ] || return 0
    before=$status
    tick
  done
}

# tick: what is looked after once a second: the files that ask for a stop, the clock of max_duration, and that of the grace.
tick() {
  uptime
  ! stop_wanted || asked_to_stop SIGTERM
  if [ "$max" -gt 0 ] && [ -z "$stop_kind" ]; then
    left=$((max - uptime + born))
    if [ "$left" -le 0 ]; then
      asked_to_stop max_duration
    elif [ -n "$warnings" ] && [ "$left" -le "${warnings%% *}" ]; then
      in_words "${warnings%% *}"
      emit "\"kind\":\"guard\",\"rule\":\"max_duration\",\"action\":\"warn\",\"reason\":\"max_duration: the job will be stopped in $in_words\""
      case $warnings in *' '*) warnings=${warnings#* } ;; *) warnings='' ;; esac
    fi
  fi
  announce
  if [ -n "${stop_by-}" ] && [ "$uptime" -ge "$stop_by" ]; then
    # shellcheck disable=SC2046 # a list of pids
    signal KILL "$child" $(members "node-$token-" "$leader")
  fi
}

stop_wanted() { [ -n "$job_dir" ] && { [ -e "$job_dir/stop" ] || [ -e "$node_dir/peer" ]; }; }

# announce: the guard's record of a stop.
announce() {
  case ${announced-}$stop_kind in
    max_duration | idle_gpu)
      announced=1
      json "$stop_reason"
      emit "\"kind\":\"guard\",\"rule\":\"$stop_kind\",\"action\":\"stop\",\"reason\":\"$json\""
      ;;
  esac
}

# warnings SECONDS -> $warnings: how long before the end of that time to warn.
warnings() {
  if [ "$1" -gt 1200 ]; then
    warnings='600 120'
  elif [ "$1" -gt 240 ]; then
    warnings=120
  else
    warnings=$(($1 / 2))
  fi
}

# count_gpus -> $gpus. The count comes back as an exit status, so that an nvidia-smi that hangs for ever can be left behind.
count_gpus() {
  gpus=0 ticks=0
  command -v nvidia-smi >/dev/null || return 0
  helper tick
  TRAINYARD_NODE_TOKEN="gpu-$token-" nvidia-smi -L </dev/null | awk '/^GPU [0-9]+:/ { n++ } END { exit n }' &
  while [ "$ticks" -lt 10 ] && [ -z "$stop_kind" ]; do
    interrupted=''
    wait "$!"
    status=$?
    if [ -z "$interrupted" ]; then
      gpus=$status
      break
    fi
    ticks=$((ticks + 1))
  done
}

# environment PHASE: what setup or run sees. The names are SkyPilot's, and so is which phase has which.
environment() {
  export TRAINYARD_JOB_ID="$job" TRAINYARD_NODE_TOKEN="node-$token-" PYTHONUNBUFFERED=1
  # A task's own envs win over NODE_IPS and NUM_NODES, and over nothing else of SkyPilot's.
  export SKYPILOT_NUM_NODES="${SKYPILOT_NUM_NODES-$nodes}"
  export MASTER_ADDR="${MASTER_ADDR:-$master}" MASTER_PORT="${MASTER_PORT:-$port}"
  # torchrun reads its options' defaults from these.
  export PET_NNODES="$nodes" PET_NODE_RANK="$rank" PET_NPROC_PER_NODE="$((gpus > 0 ? gpus : 1))"
  export PET_MASTER_ADDR="$MASTER_ADDR" PET_MASTER_PORT="$MASTER_PORT"
  if [ "$1" = setup ]; then
    export SKYPILOT_SETUP_NODE_RANK="$rank" SKYPILOT_SETUP_NODE_IPS="$ips" SKYPILOT_SETUP_NUM_GPUS_PER_NODE="$gpus"
    unset SKYPILOT_NODE_RANK SKYPILOT_NODE_IPS SKYPILOT_NUM_GPUS_PER_NODE SKYPILOT_TASK_ID CUDA_VISIBLE_DEVICES
  else
    export SKYPILOT_NODE_RANK="$rank" SKYPILOT_NODE_IPS="${SKYPILOT_NODE_IPS-$ips}" SKYPILOT_NUM_GPUS_PER_NODE="$gpus"
    export SKYPILOT_TASK_ID="$job"
    unset SKYPILOT_SETUP_NODE_RANK SKYPILOT_SETUP_NODE_IPS SKYPILOT_SETUP_NUM_GPUS_PER_NODE
  fi
  # The launcher's own settings: a job that submits another job must not hand them on.
  unset TRAINYARD_JOB_DIR TRAINYARD_NODE_RANK TRAINYARD_NUM_NODES TRAINYARD_NODE_IPS TRAINYARD_GPUS_PER_NODE TRAINYARD_MASTER_ADDR \
    TRAINYARD_MASTER_PORT TRAINYARD_SETUP TRAINYARD_RUN TRAINYARD_WORKDIR TRAINYARD_OUTPUTS TRAINYARD_OUTPUTS_DIR TRAINYARD_MAX_SECONDS \
    TRAINYARD_IDLE_GPU_BELOW TRAINYARD_IDLE_GPU_SECONDS TRAINYARD_GRACE_SECONDS TRAINYARD_SAMPLE_SECONDS TRAINYARD_SH
}

# phase NAME SCRIPT -> $code
phase() {
  at=$1
  (
    cd "$workdir" || exit 1
    environment "$1"
    if [ -n "$log" ]; then exec >>"$log"; fi
    exec </dev/null 2>&1
    set -- "$2"
    if command -v bash >/dev/null; then set -- bash "$@"; else set -- sh "$@"; fi
    # A shell makes what it starts in the background deaf to SIGINT; the job's own `timeout -s INT` and KeyboardInterrupt must work.
    if env --default-signal=INT,QUIT true 2>/dev/null; then
      set -- env --default-signal=INT,QUIT "$@"
    elif command -v perl >/dev/null; then
      # shellcheck disable=SC2016 # perl's
      set -- perl -e '$SIG{INT} = $SIG{QUIT} = "DEFAULT"; exec { $ARGV[0] } @ARGV' "$@"
    fi
    in_session "$@"
  ) &
  child=$!
  if can_lead; then leader=$child; fi
  [ -z "$stop_kind" ] || end_child # asked before `child` was known
  emit "\"kind\":\"phase\",\"phase\":\"$1\",\"state\":\"start\""
  now_in "$1"
  start_ticking
  samplers "$1"
  wait_for "$child"
  code=$status child=''
  # How far the log went, so that a reader can tell the phases' lines apart.
  bytes=''
  if [ -f "$log" ]; then bytes=$(($(wc -c <"$log"))); fi
  emit "\"kind\":\"phase\",\"phase\":\"$1\",\"state\":\"end\"${bytes:+,\"logBytes\":$bytes}"
}

# samplers PHASE: for the charts, and for the idle_gpu rule, which holds in run only and starts its clock there.
samplers() {
  [ "$every" -gt 0 ] || return 0
  [ -n "${sampling-}" ] || helper host
  if command -v nvidia-smi >/dev/null; then
    if [ "$1" = run ] && [ "$idle_for" -gt 0 ] && [ -n "$idle_below" ]; then
      [ -z "${sampling-}" ] || sweep 0 "gpu-$token-"
      helper gpu "$idle_below" "$idle_for"
    else
      [ -n "${sampling-}" ] || helper gpu
    fi
  fi
  sampling=1
}

start_ticking() { [ -n "$(members "tick-$token-")" ] || helper tick; }

# helper WHAT...: starts sample.sh. Helpers are told apart and ended by their marks, never by a pid that was kept for hours and may be
# somebody else's by then; in a session of their own, so that their mark is in place before they start anything.
helper() {
  (
    export TRAINYARD_NODE_TOKEN="$1-$token-" LC_ALL=C telemetry log workdir every rank gpus launcher=$$
    in_session "${TRAINYARD_SH:-sh}" "$here/sample.sh" "$@"
  ) </dev/null &
}

# collect: copies the outputs. What goes wrong here is reported and does not make a job fail.
collect() {
  emit '"kind":"phase","phase":"collect","state":"start"'
  now_in collect
  problems=''
  root=$(cd -P "$workdir" && pwd)
  to=$outputs_dir
  [ "$rank" -eq 0 ] || to=$to/node-$rank
  while IFS='=' read -r name path; do
    [ -z "$name" ] || collect_one
  done <<END
$TRAINYARD_OUTPUTS
END
  json "$problems"
  emit "\"kind\":\"phase\",\"phase\":\"collect\",\"state\":\"end\"${json:+,\"problem\":\"$json\"}"
}
collect_one() {
  case $name in */* | . | ..) problem "$name: not a name for a folder" && return ;; esac
  case $path in /*) from=$path ;; *) from=$root/$path ;; esac
  if [ ! -e "$from" ]; then
    [ "$rank" -ne 0 ] || problem "$name: there is no $path"
    return
  fi
  # Where it really is, for a link on the way may lead anywhere.
  if [ -d "$from" ]; then
    from=$(cd -P "$from" && pwd)
  elif [ -L "$from" ]; then
    problem "$name: $path is a link" && return
  else
    from=$(cd -P "${from%/*}" && pwd)/${from##*/}
  fi
  case $from/ in
    "$root"/*) ;;
    *) problem "$name: $path is outside the workdir" && return ;;
  esac
  # -P: a link inside stays a link.
  why=$(mkdir -p "$to" 2>&1 && cp -RPp "$from" "$to/$name" 2>&1) || problem "$name: ${why%%"$newline"*}"
}
problem() { problems=${problems:+$problems; }$1; }

# conclude -> $signal_name, $reason, $kind: how it ended, in words.
conclude() {
  signal_name='' kind=exit
  if [ "$code" -gt 128 ] && [ "$code" -lt 160 ]; then signal_name=SIG$(kill -l $((code - 128))); fi
  case $code$signal_name in
    0) reason="$at finished" ;;
    126) reason="$at exited with code 126 (a command could not be executed)" ;;
    127) reason="$at exited with code 127 (a command was not found)" ;;
    *SIGKILL) reason="$at was killed by SIGKILL (often: out of memory)" ;;
    *SIGBUS) reason="$at was killed by SIGBUS (often: no room in /dev/shm)" ;;
    *SIG*) reason="$at was killed by $signal_name" ;;
    *) reason="$at exited with code $code" ;;
  esac
  if [ "$at" = setup ] && [ "$code" -ne 0 ]; then kind=setup; fi
  if [ ! -d "$workdir" ]; then reason="the workdir is not there: $workdir"; fi
  if [ -n "$stop_kind" ]; then kind=$stop_kind reason=$stop_reason; fi
}

uptime
born=$uptime
warnings=''
[ "$max" -eq 0 ] || warnings "$max"
exec 2>/dev/null # the shell's own remarks ("Killed") are no part of the job's output
start_time $$
token=$$-$start_time
if [ -n "$node_dir" ]; then
  { printf '%s %s\n' "$$" "$start_time" >"$node_dir/pid"; } 2>/dev/null
  reserve_exit
  # Where not even a log can be made, the job still runs.
  if ! { true >>"$log"; } 2>/dev/null; then log=/dev/null; fi
fi
[ -n "$gpus" ] || count_gpus
! stop_wanted || asked_to_stop SIGTERM

at=run code=0
if [ -f "$setup" ]; then at=setup; fi
if [ ! -d "$workdir" ]; then
  code=1
else
  if [ -f "$setup" ] && [ -z "$stop_kind" ]; then phase setup "$setup"; fi
  if [ -f "$run" ] && [ -z "$stop_kind" ] && [ "$code" -eq 0 ]; then phase run "$run"; fi
fi

over=1
announce
if [ -z "$stop_kind" ]; then
  sweep "$patience" "node-$token-" "$leader"
elif [ -z "${stop_by-}" ]; then
  code=143 # before anything ran
else
  uptime
  left=$((stop_by - uptime)) # the stop sent SIGTERM to all; the rest of that grace is for what run left behind
  sweep $((left > 0 ? left : 0)) "node-$token-" "$leader" told
fi
conclude
[ "$at" = setup ] || [ -z "${TRAINYARD_OUTPUTS-}" ] || [ -z "$outputs_dir" ] || collect
sweep 0 "tick-$token- host-$token- gpu-$token-"
json "$reason"
write_exit "\"kind\":\"exit\",\"code\":$code,\"signal\":${signal_name:+\"}${signal_name:-null}${signal_name:+\"},\"reason\":\"$json\",\"phaseAt\":\"$at\",\"reasonKind\":\"$kind\""
[ "$kind" = exit ] || [ "$code" -ne 0 ] || code=143
exit "$code"
