#!/bin/sh
# A machine's load for all who look at it, on one sampler. Whatever its version, a folder of its own holds what they share.
#
#   machine.sh watch [SECONDS]           prints the machine's samples (format: machine.awk) from the oldest that is kept, and then each new
#                                        one, until its own input ends. Starts the sampler where none runs.
#   machine.sh stop PID STARTED SIGNAL   signals a process if it is still the one that started then (field 22 of its stat); 0 only looks.
#                                        Exits with 3 when it is gone and with 4 when the system says no.
#   machine.sh sample SECONDS            the sampler, in a session of its own. It ends a minute after its last reader, and when another took
#                                        its place: whoever wrote itself into `owner` last is the one.
#
# For tests, by environment: TRAINYARD_SAMPLER_ROOT (where the folder is made), TRAINYARD_SAMPLER_LINGER (seconds, instead of the minute),
# TRAINYARD_SAMPLER_PATIENCE (seconds, instead of 15, until a silent nvidia-smi is given up).

case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
# shellcheck source=processes.sh
. "$here/processes.sh"
# What a shell that is no login shell may lack: WSL's, containers' and AMD's places.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/lib/wsl/lib:/usr/local/nvidia/bin:/opt/rocm/bin

# find_place -> $place: a folder that is this user's alone, in memory where the machine has that.
find_place() {
  uid=$(id -u)
  for root in "${TRAINYARD_SAMPLER_ROOT:-/dev/shm}" "${TMPDIR:-/tmp}"; do
    { [ -d "$root" ] && [ -w "$root" ]; } || continue
    place=$root/trainyard-$uid
    (umask 077 && mkdir "$place" 2>/dev/null)
    # Anybody may have made it before us: a link or another's folder is not used.
    # shellcheck disable=SC2012,SC2046 # a folder that we name, into words
    set -- $(ls -ldn "$place" 2>/dev/null)
    case "$1 $3" in "drwx------"*" $uid") ;; *) continue ;; esac
    place=$place/${here##*/}
    mkdir -p "$place/readers" 2>/dev/null && return 0
  done
  echo "There is no folder for the machine's samples: neither /dev/shm nor ${TMPDIR:-/tmp} can be written." >&2
  return 1
}

watch() {
  find_place || exit 71
  start_time $$
  reader=$place/readers/$$-$start_time
  { : >"$reader" && : >>"$place/stream"; } || exit 71
  owner=
  { read -r owner <"$place/owner"; } 2>/dev/null
  # shellcheck disable=SC2086 # pid and start time
  alive ${owner:-0 none} || (in_session sh "$0" sample "$1" </dev/null >/dev/null 2>&1 &)
  tail -n +1 -f "$place/stream" 2>/dev/null &
  tail=$!
  trap 'kill $tail; rm -f "$reader"; exit' HUP INT TERM
  # A channel that closes ends our input, and nothing else.
  while read -r _; do :; done
  kill $tail 2>/dev/null
  rm -f "$reader"
}

sample() {
  find_place || exit 71
  cd "$place" || exit 71
  start_time $$
  printf '%s\n' "$$ $start_time" >"owner.$$" && mv -f "owner.$$" owner || exit 71
  # mawk waits for 4 KiB of input unless told otherwise.
  case $(awk -W version </dev/null 2>&1) in
    *mawk*) streaming='awk -W interactive' ;;
    *) streaming='awk' ;;
  esac
  # nvidia-smi prints what it knows at once; this makes sure.
  unbuffered=$(command -v stdbuf >/dev/null && echo 'stdbuf -oL')
  export every="$1" linger="${TRAINYARD_SAMPLER_LINGER:-60}" patience="${TRAINYARD_SAMPLER_PATIENCE:-15}" LC_ALL=C
  {
    ticks &
    watch_gpus &
    wait
  } | {
    $streaming -v me="$$ $start_time" -v epoch="$(date +%s%3N)" -v ticks="$(getconf CLK_TCK 2>/dev/null || echo 100)" \
      -f "$here/proc.awk" -f "$here/machine.awk" && rm -rf "$place"
    # What still runs is ours alone: an nvidia-smi that hangs, a sleep.
    ! can_lead || signal KILL "-$$"
  }
}

# ticks: when to sample. Where the kernel has no clock in /proc the time comes along.
ticks() {
  while :; do
    if [ -r /proc/uptime ]; then echo tick; else echo "tick $(date +%s)"; fi || return
    sleep "$every" || return
  done
}

# Old drivers know fewer fields, and refuse all when they do not know one.
live=1 cards=1
live_fields() {
  case $live in
    1) fields=index,utilization.gpu,utilization.memory,memory.used,temperature.gpu,power.draw,clocks_event_reasons.gpu_idle ;;
    2) fields=index,utilization.gpu,utilization.memory,memory.used,temperature.gpu,power.draw,clocks_throttle_reasons.gpu_idle ;;
    3) fields=index,utilization.gpu,memory.used,temperature.gpu ;;
    *) fields=index,memory.used ;;
  esac
}
card_fields() {
  case $cards in
    1) fields=index,uuid,name,memory.total,power.limit,driver_version,mig.mode.current ;;
    2) fields=index,uuid,name,memory.total,power.limit,driver_version ;;
    *) fields=index,uuid,name,memory.total ;;
  esac
}

watch_gpus() {
  while :; do
    pause=30
    if command -v nvidia-smi >/dev/null; then
      nvidia
    elif command -v rocm-smi >/dev/null; then
      amd rocm-smi --showuse --showmeminfo vram -P -t --showproductname --showuniqueid --json
    elif command -v amd-smi >/dev/null; then
      amd amd-smi metric --usage --mem-usage --power --temperature --json
    else
      echo '@gpu none'
    fi || return
    sleep "$pause" || return
  done
}

# ask WORDS: one question to nvidia-smi.
ask() { nvidia-smi "$1" --format=csv,noheader,nounits; }

# nvidia: one nvidia-smi for as long as it lives, as starting it takes far longer than asking, and one that lists processes.
nvidia() {
  echo '@gpu asks' || return
  card_fields
  text=$(ask "--query-gpu=$fields")
  status=$?
  case $text in
    [0-9]*) ;;
    *)
      printf '%s\n' "$text"
      if [ $status -eq 2 ] && [ "$cards" -lt 3 ]; then cards=$((cards + 1)) pause=0; else echo "@gpu ended $status"; fi
      return
      ;;
  esac
  echo "@fields $fields"
  printf '%s\n' "$text" | sed 's/^[0-9]/@card &/'
  case $text in *Enabled*) nvidia-smi -L | sed 's/^/@list /' ;; esac
  live_fields
  echo "@query $fields"
  processes='--query-compute-apps=gpu_uuid,pid,process_name,used_memory'
  # Some old cards and drivers tell of processes only so.
  case $(ask "$processes" || echo '[Not Supported]') in
    *'Not Supported]'*) processes="pmon -s um -d $((every * 3 < 10 ? every * 3 : 10))" ;;
    *) processes="$processes --format=csv,noheader,nounits -lms $((every * 3000))" ;;
  esac
  # shellcheck disable=SC2086 # words
  $unbuffered nvidia-smi $processes &
  apps=$!
  # shellcheck disable=SC2086
  $unbuffered nvidia-smi --query-gpu="$fields" --format=csv,noheader,nounits -lms $((every * 1000)) &
  gpu=$!
  echo "@gpu pid $gpu $apps $((every * 3))"
  wait $gpu
  status=$?
  kill -9 $apps 2>/dev/null
  if [ $status -eq 2 ] && [ "$live" -lt 4 ]; then live=$((live + 1)) pause=0; else echo "@gpu ended $status"; fi
}

# amd TOOL WORDS: AMD's tools are Python programs that end after one answer: asked seldom, for each start takes a good part of a second.
amd() {
  pause=$((every * 5))
  # Longer than what a pipe takes at once.
  if "$@" 2>amd.error | tr -d '\n' >amd.json && [ -s amd.json ]; then
    echo "@amd $1"
  else
    head -n 1 amd.error
    echo '@gpu ended 1'
  fi
}

case $1 in
  watch) watch "${2:-2}" ;;
  sample) sample "$2" ;;
  stop)
    alive "$2" "$3" || exit 3
    kill "-$4" "$2" || exit 4
    ;;
  *)
    echo 'machine.sh watch | stop PID STARTED SIGNAL' >&2
    exit 64
    ;;
esac
