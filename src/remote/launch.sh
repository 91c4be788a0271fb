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
#   TRAINYARD_CHECKPOINTS_DIR   a folder that the platform keeps for checkpoints: an output may be in it, too
#   TRAINYARD_CHECKPOINTS_LINK  the link to it in the workdir; outputs have the folder in its place
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
# setup and run see what SkyPilot and torchrun define (`environment` in launchPhases.sh), TRAINYARD_JOB_ID and TRAINYARD_NODE_TOKEN (processes.sh).

# shellcheck source=given.sh
case $0 in */*) . "${0%/*}/given.sh" ;; *) . ./given.sh ;; esac
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
# shellcheck source=processes.sh
. "$here/processes.sh"
# shellcheck source=records.sh
. "$here/records.sh"
# shellcheck source=launchStop.sh
. "$here/launchStop.sh"
# shellcheck source=launchPhases.sh
. "$here/launchPhases.sh"
# shellcheck source=launchOutputs.sh
. "$here/launchOutputs.sh"

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
    *) reason="$at exited with code $code" && no_room && reason="$reason (the disk is full)" ;;
  esac
  if [ "$at" = setup ] && [ "$code" -ne 0 ]; then kind=setup; fi
  if [ ! -d "$workdir" ]; then reason="the workdir is not there: $workdir"; fi
  if [ -n "$stop_kind" ]; then kind=$stop_kind reason=$stop_reason; fi
}

# no_room: whether nothing more can be written where the log is. A program that fails for that leaves no other trace.
no_room() {
  [ -n "$node_dir" ] || return 1
  { printf '%4096s' '' >"$node_dir/.room"; } 2>/dev/null
  set -- "$?"
  rm -f "$node_dir/.room"
  [ "$1" -ne 0 ]
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
