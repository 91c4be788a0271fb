#!/bin/sh
# Stops this machine when nobody uses it, whether or not an editor is connected. POSIX sh (dash, bash, busybox), Linux, no root
# needed; has the other watchdog*.sh, processes.sh and records.sh beside it in ~/.trainyard/watchdog.
#
#   sh watchdog.sh status         one line of JSON: what it knows and means to do
#   sh watchdog.sh hold SECONDS   nothing stops the machine before that time is over; `hold off` ends it
#   sh watchdog.sh lease SECONDS  somebody works on it from an editor: in use until then
#   sh watchdog.sh disarm         removes the watchdog with every trace (watchdogSetup.sh)
#   sh watchdog.sh start          the loop in the background, unless it runs already; loop: in the foreground; tick: one look
#   sh watchdog.sh arm            from a draft folder beside ~/.trainyard/watchdog (watchdogSetup.sh)
#
# In: config, lines KEY=VALUE (`read_config`), never sourced; stop, the user's own stop command (watchdogStop.sh).
# Out: journal, one line a decision. What it must remember is in /dev/shm, or in run/ where that can't be written: state (the last look),
# loop ("<pid> <start time>"), hold and lease ("<boot id> <uptime>"; these two in both places).
#
# The rules. Only /proc/uptime counts time: nobody sets it. The machine is idle while *every* source is (watchdogSignals.sh). One that can't be
# read counts as in use, for UNKNOWN_SECONDS, and then the others decide. After a start of the machine, a sleep, a gap between two
# looks or a changed limit the idle clock begins anew. Nothing is stopped that was not warned of WARN_LAST seconds before, nor
# on fewer than two looks. The longest life counts whatever goes on, and only `hold` is stronger.

umask 077
case $0 in /*) here=${0%/*} ;; */*) here=$(cd "${0%/*}" && pwd) ;; *) here=$PWD ;; esac
# Only tests set this: where proc, dev, sys and etc are.
root=${TRAINYARD_WATCHDOG_ROOT-}
# cron and systemd start programs with a short one.
for folder in usr/local/sbin usr/local/bin usr/sbin usr/bin sbin bin usr/local/nvidia/bin usr/lib/wsl/lib opt/rocm/bin; do
  PATH=$PATH:$root/$folder
done
export PATH
export LC_ALL=C
# shellcheck source=processes.sh disable=SC2034 # the launcher uses more of it
. "$here/processes.sh"
# shellcheck source=records.sh disable=SC2154 # the launcher's telemetry is in it too
. "$here/records.sh"
# shellcheck source=watchdogSignals.sh
. "$here/watchdogSignals.sh"
# shellcheck source=watchdogKernels.sh
. "$here/watchdogKernels.sh"
# shellcheck source=watchdogRules.sh
. "$here/watchdogRules.sh"
# shellcheck source=watchdogStop.sh
. "$here/watchdogStop.sh"

# clock -> $uptime, whole seconds, and $centis, hundredths, since the machine started; $boot, the id of this start.
clock() {
  uptime='' boot=''
  { read -r centis _ <"$root/proc/uptime"; } 2>/dev/null || return 1
  { read -r boot <"$root/proc/sys/kernel/random/boot_id"; } 2>/dev/null || boot=unknown
  uptime=${centis%.*}
  case $uptime in '' | *[!0-9]*) return 1 ;; esac
  case $centis in *.[0-9][0-9]) centis=$uptime${centis#*.} ;; *) centis=${uptime}00 ;; esac
}

# machine_id -> $machine: a home folder may be shared by machines, or copied with a disk.
machine_id() {
  machine=''
  { read -r machine <"$root/etc/machine-id"; } 2>/dev/null || { read -r machine <"$root/proc/sys/kernel/hostname"; } 2>/dev/null
  case $machine in '' | *[!A-Za-z0-9._-]*) machine=unnamed ;; esac
}

# read_config: false where there is none, or it is for another machine ($problem). What is no number has its default: a limit that is mistyped
# is neither "at once" nor "never".
read_config() {
  idle_limit=3600 max=0 interval=60 gpu_below=5 gpu_mem_keeps=0 gpu_timeout=10 gpu_samples=3 cpu_keeps=50 net_keeps=1000000
  tty_keeps=900 unknown_limit=3600 boot_grace=600 warn_first=600 warn_last=120 stop_timeout=60
  for_machine='' armed_boot='' armed_uptime=0 starter='' linger='' version='' problem=''
  [ -f "$here/config" ] || return 1
  while IFS='=' read -r key value; do
    case $key in
      IDLE_SECONDS) whole "$value" 3600 && idle_limit=$whole ;;         # 0: idleness stops nothing
      MAX_SECONDS) whole "$value" 0 && max=$whole ;;                    # longest life since arming or start, 0: none
      INTERVAL) whole "$value" 60 && interval=$whole ;;                 # between two looks
      GPU_BELOW) whole "$value" 5 && gpu_below=$whole ;;                # %, from which a GPU is in use
      GPU_MEM_KEEPS) whole "$value" 0 && gpu_mem_keeps=$whole ;;        # MiB that keep, 0: memory keeps nothing
      GPU_TIMEOUT) whole "$value" 10 && gpu_timeout=$whole ;;           # for their tool
      GPU_SAMPLES) whole "$value" 3 && gpu_samples=$whole ;;            # a look
      CPU_KEEPS) whole "$value" 50 && cpu_keeps=$whole ;;               # hundredths of a core
      NET_KEEPS) whole "$value" 1000000 && net_keeps=$whole ;;          # bytes a second, 0: traffic keeps nothing
      TTY_SECONDS) whole "$value" 900 && tty_keeps=$whole ;;            # since the last key
      UNKNOWN_SECONDS) whole "$value" 3600 && unknown_limit=$whole ;;   # for which what can't be read keeps
      BOOT_GRACE) whole "$value" 600 && boot_grace=$whole ;;            # after the start of the machine
      WARN_FIRST) whole "$value" 600 && warn_first=$whole ;;            # before a stop
      WARN_LAST) whole "$value" 120 && warn_last=$whole ;;
      STOP_TIMEOUT) whole "$value" 60 && stop_timeout=$whole ;;         # for a stop command
      MACHINE) for_machine=$value ;;
      ARMED_BOOT) armed_boot=$value ;;
      ARMED_UPTIME) whole "$value" 0 && armed_uptime=$whole ;;
      STARTER) starter=$value ;;                                        # systemd, cron or loop
      LINGER) linger=$value ;;                                          # ours, where we switched it on
      VERSION) version=$value ;;
    esac
  done <"$here/config"
  [ "$interval" -gt 0 ] || interval=60
  if [ "$idle_limit" -gt 0 ] && [ "$idle_limit" -lt $((2 * interval)) ]; then idle_limit=$((2 * interval)); fi
  limits=$idle_limit/$max/$gpu_below/$gpu_mem_keeps/$cpu_keeps/$net_keeps/$tty_keeps
  machine_id
  if [ "$for_machine" != "$machine" ]; then
    problem='It was armed on another machine that has the same home folder, and does nothing on this one.'
    return 1
  fi
}

# find_places -> $shm, memory that no full disk reaches, and $disk. Others may write to /dev/shm, so the folder must be ours; two
# home folders may be one user's.
find_places() {
  disk=$here/run
  [ -d "$disk" ] || mkdir -p "$disk" 2>/dev/null
  sum=$(printf '%s' "$here" | cksum)
  shm=$root/dev/shm/trainyard-watchdog-$(id -u)-${sum%% *}
  [ -d "$shm" ] || mkdir "$shm" 2>/dev/null
  if [ ! -d "$shm" ] || [ -L "$shm" ] || [ ! -O "$shm" ] || [ ! -w "$shm" ]; then shm=$disk; fi
}

# save NAME TEXT: in the first place that has room. An older one must not stay where it is read first.
save() {
  for place in "$shm" "$disk"; do
    if { printf '%s\n' "$2" >"$place/$1.new"; } 2>/dev/null && mv -f "$place/$1.new" "$place/$1" 2>/dev/null; then return 0; fi
    rm -f "$place/$1.new" "$place/$1" 2>/dev/null
  done
  return 1
}

# saved NAME -> $saved, the file, if it is there.
saved() {
  for saved in "$shm/$1" "$disk/$1"; do [ ! -f "$saved" ] || return 0; done
  return 1
}

# keep NAME SECONDS: both places, for systemd may empty one when the user logs out.
keep() {
  kept_until="$boot $((uptime + $2))" stored=''
  for place in "$shm" "$disk"; do
    # A file of its own each time, renamed: it is read as often as it is written.
    if { printf '%s\n' "$kept_until" >"$place/$1.$$"; } 2>/dev/null; then mv -f "$place/$1.$$" "$place/$1" && stored=1; else rm -f "$place/$1.$$"; fi
  done
  [ -n "$stored" ]
}

# left NAME -> $left: seconds that it still holds.
left() {
  left=0
  for place in "$shm" "$disk"; do
    at='' until_=''
    { read -r at until_ <"$place/$1"; } 2>/dev/null || true
    whole "$until_" 0
    if [ "$at" = "$boot" ] && [ $((whole - uptime)) -gt "$left" ]; then left=$((whole - uptime)); fi
  done
  # No call sets more than a day: what says more was not written by us.
  [ "$left" -le 86400 ] || left=0
}

# journal TEXT: what was decided. The oldest half goes when it is too long; a full disk loses a line and nothing else.
journal() {
  { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" >>"$here/journal"; } 2>/dev/null || return 0
  if [ "$(($(wc -c <"$here/journal")))" -gt 131072 ] && { tail -c 65536 "$here/journal" | tail -n +2 >"$here/journal.new"; } 2>/dev/null; then
    mv -f "$here/journal.new" "$here/journal"
  fi
}

# running -> $loop, the pid of the loop, or empty.
running() {
  loop='' loop_started=''
  saved loop && { read -r loop loop_started <"$saved"; } 2>/dev/null
  alive "$loop" "$loop_started" || loop=''
}

# loop: until the config is gone, or another loop has taken the place.
loop() {
  running
  if [ -n "$loop" ] && [ "$loop" != "$$" ]; then
    echo "The watchdog runs already: process $loop" >&2
    return 3
  fi
  start_time $$
  own="$$ $start_time" sleeper=''
  cd / || true # no file system is held by it
  trap '' HUP
  trap 'wake; exit 0' TERM INT
  heed
  save loop "$own"
  while read_config || [ -n "$problem" ]; do
    due=''
    tick
    find_places # they may have been emptied
    if ! saved loop; then save loop "$own"; fi
    holder=''
    { saved loop && read -r holder <"$saved"; } 2>/dev/null || holder=$own
    [ "$holder" = "$own" ] || { running && [ -z "$loop" ] && save loop "$own"; } || return 0
    sleep "$pause" >/dev/null 2>&1 &
    sleeper=$!
    [ -n "$due" ] || wait "$sleeper" 2>/dev/null
    wake
    sleeper=''
  done
}

# heed: USR1 says that something was changed and a look is due. It may come in the middle of one, or before the sleep begins.
heed() { trap 'due=1; wake' USR1; }

# wake: ends the sleep of the loop. Of other signals a child knows nothing until it is `sleep`: it has the traps of this shell.
wake() { [ -z "${sleeper-}" ] || signal KILL "$sleeper"; }

# look_now: a loop that runs makes its next look at once.
look_now() {
  running
  [ -z "$loop" ] || signal USR1 "$loop" || true
}

status() {
  armed=true
  read_config || [ -n "$problem" ] || armed=false
  if ! clock; then problem='This system has no /proc/uptime, which the watchdog needs.'; fi
  load
  running
  now
  age=null
  if [ -n "$s_uptime" ] && [ "$s_boot" = "$boot" ]; then age=$((uptime - s_uptime)); fi
  stops=null
  if [ "$age" != null ] && [ -n "$s_stop_in" ]; then stops=$((s_stop_in > age ? s_stop_in - age : 0)); fi
  left hold && hold=$left
  left lease && lease=$left
  list='' rest=$s_kept
  while [ -n "$rest" ]; do
    json "${rest%%|*}"
    list=$list${list:+,}\"$json\"
    case $rest in *'|'*) rest=${rest#*|} ;; *) rest='' ;; esac
  done
  json "$s_failure" && failure=$json
  json "$problem" && problem=$json
  case $starter in systemd | cron | loop) ;; *) starter=loop ;; esac
  case $version in *[!0-9a-f]*) version='' ;; esac
  printf '{"v":1,"armed":%s,"version":"%s","t":%s,"age":%s,"interval":%s,"loop":%s,"starter":"%s","idleLimit":%s,"maxLife":%s,' \
    "$armed" "$version" "$now" "$age" "$interval" "$([ -n "$loop" ] && echo true || echo false)" "$starter" "$idle_limit" "$max"
  printf '"idle":%s,"kept":[%s],"stopsIn":%s,"why":"%s","warned":%s,"hold":%s,"lease":%s,"failures":%s,"failure":"%s","stopping":%s,"problem":"%s"}\n' \
    "$s_idle" "$list" "$stops" "$s_why" "$s_warned" "$hold" "$lease" "$s_failures" "$failure" "$s_stopping" "$problem"
}

main() {
  [ "${1-}" = arm ] || find_places
  case ${1-} in
    tick)
      read_config || [ -n "$problem" ] || exit 1
      tick
      ;;
    loop) loop ;;
    start)
      running
      [ -z "$loop" ] || exit 0
      (in_session sh "$here/watchdog.sh" loop </dev/null >/dev/null 2>&1) &
      ;;
    status) status ;;
    hold | lease)
      case ${2-} in
        off) seconds=0 ;;
        *) whole "${2-}" '' && seconds=$whole ;;
      esac
      if [ -z "$seconds" ] || [ "$seconds" -gt 86400 ]; then
        echo "$1: give seconds, at most 86400" >&2
        exit 64
      fi
      if ! clock || ! keep "$1" "$seconds"; then
        echo "$1: there is no room to write it down" >&2
        exit 73
      fi
      if [ "$1" = hold ]; then
        if [ "$seconds" -gt 0 ]; then journal "held for $seconds s"; else journal 'the hold was ended'; fi
      fi
      look_now
      ;;
    arm | disarm)
      # shellcheck source=watchdogSetup.sh
      . "$here/watchdogSetup.sh"
      "$@"
      ;;
    *)
      sed -n '5,10s/^# *//p' "$0"
      exit 64
      ;;
  esac
}
# In one piece: it may be replaced or removed while it runs.
main "$@"; exit
