#!/bin/sh
# The launcher's helpers. `sample.sh host` and `sample.sh gpu` sample the machine while a job runs; `sample.sh gpu BELOW SECONDS` also
# keeps the idle_gpu rule; `sample.sh tick` wakes the launcher once a second. Started by launch.sh in a session of its own, and ended
# with it; a death of this process harms nothing.
#
# In, by environment: telemetry (file, empty: stdout), log and workdir (to measure), every (seconds), rank, gpus (expected), launcher (pid).
# What can't be read is left out of a record and never written as 0. Long-lived awk programs, because starting programs is what
# sampling costs.

launcher=${launcher:?} every=${every:?} gpus=${gpus?}

if [ "$1" = tick ]; then
  while sleep 1 >/dev/null && kill -ALRM "$launcher" 2>/dev/null; do :; done
  exit
fi

case $0 in */*) here=${0%/*} ;; *) here=. ;; esac

# mawk waits for 4 KiB of input unless told otherwise.
case $(awk -W version </dev/null 2>&1) in
  *mawk*) streaming='awk -W interactive' ;;
  *) streaming='awk' ;;
esac
# nvidia-smi prints what it knows at once; this makes sure.
unbuffered=$(command -v stdbuf >/dev/null && echo 'stdbuf -oL')

# One nvidia-smi for the whole job: starting it takes far longer than asking.
sample_gpus() {
  # shellcheck disable=SC2086 # words
  $unbuffered nvidia-smi --query-gpu="$1" --format=csv,noheader,nounits --loop="$every" |
    $streaming -v query="$1" -v below="$2" -v limit="$3" -v expected="$gpus" -v torn="$torn" \
      -f "$here/telemetry.awk" -f "$here/gpu.awk"
}

what=$1 below=${2-} limit=${3-}
torn='' fields=3
while kill -0 "$launcher" 2>/dev/null; do
  pause=$every
  if [ "$what" = host ]; then
    awk -v torn="$torn" -f "$here/telemetry.awk" -f "$here/proc.awk" -f "$here/host.awk"
  else
    # Old drivers know fewer fields, and refuse all when they do not know one.
    case $fields in
      3) query=index,uuid,name,utilization.gpu,utilization.memory,memory.used,memory.total,temperature.gpu,power.draw,power.limit ;;
      2) query=index,uuid,name,utilization.gpu,memory.used,memory.total,temperature.gpu ;;
      *) query=index,name,memory.used,memory.total ;;
    esac
    sample_gpus "$query" "$below" "$limit"
    case $? in
      3) if [ "$fields" -gt 1 ]; then fields=$((fields - 1)) pause=0; else pause=60; fi ;;
      4) pause=60 ;; # no driver, no devices: not now
    esac
  fi
  # It ended: no room on the disk, or nvidia-smi is gone. A record may be half written.
  torn='\n'
  [ "$pause" -eq 0 ] || sleep "$pause"
done
