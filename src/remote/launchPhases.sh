# shellcheck shell=sh
# The job's own scripts, setup and run: what they see, and what samples the machine beside them. Read by launch.sh; needs given.sh, processes.sh,
# records.sh and launchStop.sh.

# count_gpus -> $gpus. The count comes back as an exit status, so that an nvidia-smi that hangs for ever can be left behind. The
# pipeline is begun in a shell without traps: bash 5.2 that is signalled between the two programs waits for the first one to end.
count_gpus() {
  gpus=0 ticks=0
  command -v nvidia-smi >/dev/null || return 0
  helper tick
  (TRAINYARD_NODE_TOKEN="gpu-$token-" nvidia-smi -L </dev/null | awk '/^GPU [0-9]+:/ { n++ } END { exit n }') &
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
  export TRAINYARD_JOB_ID="$job" TRAINYARD_NODE_TOKEN="node-$token-" PYTHONUNBUFFERED="${PYTHONUNBUFFERED-1}"
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
    TRAINYARD_MASTER_PORT TRAINYARD_SETUP TRAINYARD_RUN TRAINYARD_WORKDIR TRAINYARD_OUTPUTS TRAINYARD_OUTPUTS_DIR \
    TRAINYARD_CHECKPOINTS_DIR TRAINYARD_CHECKPOINTS_LINK TRAINYARD_MAX_SECONDS TRAINYARD_IDLE_GPU_BELOW TRAINYARD_IDLE_GPU_SECONDS TRAINYARD_GRACE_SECONDS TRAINYARD_SAMPLE_SECONDS TRAINYARD_SH
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
    give_back
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
