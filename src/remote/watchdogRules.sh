# shellcheck shell=sh
# What the watchdog decides at each look, and what it remembers between two. Read by watchdog.sh, whose head tells the rules; there are
# $uptime, $boot, the limits of `read_config`, and the places of `save`.

# forget: the clock of idleness and all that was measured begin anew. A failed stop stays in sight.
forget() {
  s_idle=0 s_looks=0 s_warned=0 s_warned_at=0 s_retry_at=0 s_stopping=0 s_doubt_gpu=0 s_doubt_kernel=0
  s_cpu='' s_net='' s_measured=0
}

# load: what the last look left behind.
load() {
  loaded=1
  s_boot='' s_uptime='' s_limits='' s_kept='' s_kinds='' s_stop_in='' s_why=idle s_failures=0 s_failure='' s_ttys='' s_tty_at=0
  s_gpu_query=1 s_gpu_pid='' s_gpu_started=''
  forget
  saved state || return 0
  while IFS='=' read -r key value; do
    case $key in
      boot) s_boot=$value ;;
      limits) s_limits=$value ;;
      kept) s_kept=$value ;;
      kinds) s_kinds=$value ;;
      failure) s_failure=$value ;;
      ttys) s_ttys=$value ;;
      # Whatever is counted with must be digits: bash would run anything else.
      cpu) case $value in group:* | account:* | all:*) ! digits "${value#*:}" || s_cpu=$value ;; esac ;;
      net) ! digits "$value" || s_net=$value ;;
      measured) ! digits "$value" || s_measured=$value ;;
      why) [ "$value" != lifetime ] || s_why=lifetime ;;
      gpu_started) s_gpu_started=$value ;;
      uptime) whole "$value" '' && s_uptime=$whole ;;
      stop_in) whole "$value" '' && s_stop_in=$whole ;;
      gpu_pid) whole "$value" '' && s_gpu_pid=$whole ;;
      idle) whole "$value" 0 && s_idle=$whole ;;
      looks) whole "$value" 0 && s_looks=$whole ;;
      warned) whole "$value" 0 && s_warned=$whole ;;
      warned_at) whole "$value" 0 && s_warned_at=$whole ;;
      failures) whole "$value" 0 && s_failures=$whole ;;
      retry_at) whole "$value" 0 && s_retry_at=$whole ;;
      stopping) whole "$value" 0 && s_stopping=$whole ;;
      tty_at) whole "$value" 0 && s_tty_at=$whole ;;
      gpu_query) whole "$value" 1 && s_gpu_query=$whole ;;
      doubt_gpu) whole "$value" 0 && s_doubt_gpu=$whole ;;
      doubt_kernel) whole "$value" 0 && s_doubt_kernel=$whole ;;
    esac
  done <"$saved"
}

remember() {
  save state "boot=$s_boot
uptime=$s_uptime
limits=$s_limits
idle=$s_idle
looks=$s_looks
kept=$s_kept
kinds=$s_kinds
stop_in=$s_stop_in
why=$s_why
warned=$s_warned
warned_at=$s_warned_at
failures=$s_failures
failure=$s_failure
retry_at=$s_retry_at
stopping=$s_stopping
ttys=$s_ttys
tty_at=$s_tty_at
cpu=$s_cpu
net=$s_net
measured=$s_measured
gpu_query=$s_gpu_query
gpu_pid=$s_gpu_pid
gpu_started=$s_gpu_started
doubt_gpu=$s_doubt_gpu
doubt_kernel=$s_doubt_kernel" || true # in the loop's own memory it stays all the same
}

# tick: one look, and what follows from it -> $pause, seconds until the next. After read_config.
tick() {
  pause=$interval
  [ -n "${loaded-}" ] || load
  [ -z "$problem" ] && clock || return 0
  begin_anew
  step=0
  if [ -z "$anew" ]; then step=$((uptime - s_uptime)); fi
  s_boot=$boot s_uptime=$uptime s_limits=$limits
  look
  if [ -n "$kept" ]; then
    s_idle=0 s_looks=0
  else
    s_idle=$((s_idle + step)) s_looks=$((s_looks + 1))
  fi
  if [ "$kinds" != "$s_kinds" ] || [ -n "$anew" ]; then journal "$(in_a_row "$kept")"; fi
  s_kept=$kept s_kinds=$kinds
  decide
  remember
}

# begin_anew -> $anew: why what was measured before says nothing now, or empty.
begin_anew() {
  anew=''
  if [ "$s_boot" != "$boot" ]; then
    if [ -z "$s_boot" ]; then anew='first look'; else anew='the machine was started'; fi
  elif [ "$uptime" -lt "$s_uptime" ]; then
    anew='the uptime ran backwards'
  elif [ $((uptime - s_uptime)) -gt $((3 * interval)) ]; then
    anew="no look for $((uptime - s_uptime)) s, as in a sleep"
  elif [ "$s_limits" != "$limits" ]; then
    anew='the limits were changed'
  fi
  [ -z "$anew" ] || { forget && journal "idle clock starts: $anew"; }
}

# decide: how long until the stop, if any, and what is due now.
decide() {
  stop_in=''
  if [ "$idle_limit" -gt 0 ] && [ -z "$s_kept" ]; then stop_in=$((idle_limit - s_idle)) s_why=idle limit=$idle_limit; fi
  if [ "$max" -gt 0 ]; then
    life=$uptime
    if [ "$armed_boot" = "$boot" ]; then life=$((uptime - armed_uptime)); fi
    if [ -z "$stop_in" ] || [ $((max - life)) -lt "$stop_in" ]; then stop_in=$((max - life)) s_why=lifetime limit=$max; fi
  fi
  if [ -n "$stop_in" ]; then
    left hold
    [ "$left" -le "$stop_in" ] || stop_in=$left
    thresholds "$limit"
    if [ "$stop_in" -gt "$first" ]; then s_warned=0; fi
    if [ "$stop_in" -le "$last" ]; then
      [ "$s_warned" -ge 2 ] || warn 2
    elif [ "$stop_in" -le "$first" ] && [ "$s_warned" -lt 1 ]; then
      warn 1
    fi
    # A warning comes first, whatever is overdue.
    if [ "$s_warned" -ge 2 ] && [ $((s_warned_at + last - uptime)) -gt "$stop_in" ]; then stop_in=$((s_warned_at + last - uptime)); fi
    for threshold in "$first" "$last" 0; do
      if [ "$stop_in" -gt "$threshold" ] && [ $((stop_in - threshold)) -lt "$pause" ]; then pause=$((stop_in - threshold)); fi
    done
    if [ "$stop_in" -le 0 ]; then
      stop_in=0
      if [ "$s_why" = lifetime ] || [ "$s_looks" -ge 2 ]; then stop_now; fi
    fi
  else
    s_warned=0 s_stopping=0
  fi
  s_stop_in=$stop_in
}

# thresholds LIMIT -> $first, $last: how long before a stop it is told; of a short limit, its second half.
thresholds() {
  last=$warn_last first=$warn_first
  if [ "$1" -le $((2 * last)) ]; then last=$(($1 / 2)); fi
  if [ "$1" -le $((2 * first)) ] || [ "$first" -lt "$last" ]; then first=$last; fi
}

# warn LEVEL: in the journal, in the state for editors, and on the user's terminals.
warn() {
  s_warned=$1 s_warned_at=$uptime
  soon=$((stop_in > last || s_warned == 1 ? stop_in : last))
  if [ "$s_why" = lifetime ]; then reason="its longest life of $max s is over"; else reason="idle for $s_idle s"; fi
  journal "warning: stops in $soon s, $reason"
  for tty in "$root"/dev/pts/[0-9]*; do
    if [ ! -O "$tty" ] || [ ! -w "$tty" ]; then continue; fi
    # In the background, for a terminal that was halted takes nothing.
    { printf '\r\n[trainyard] This machine stops in %s s: %s. To keep it for 30 minutes: sh %s/watchdog.sh hold 1800\r\n' \
      "$soon" "$reason" "$here" >"$tty" & } 2>/dev/null
  done
}

# stop_now: unless something changed since this look began.
stop_now() {
  if [ "$s_stopping" -gt 0 ]; then
    [ $((uptime - s_stopping)) -ge 120 ] || return 0
    s_stopping=0
    stop_failed 'The stop command reported success, and the machine still runs two minutes later.'
  fi
  [ "$uptime" -ge "$s_retry_at" ] || return 0
  was=$limits
  if ! read_config || [ "$limits" != "$was" ]; then journal 'not stopped: it was changed at the last moment' && return 0; fi
  left hold
  [ "$left" -eq 0 ] || { journal 'not stopped: held at the last moment' && return 0; }
  if [ "$s_why" = idle ]; then
    kept='' kinds=''
    lease
    terminals
    jobs
    [ -z "$kept" ] || { s_idle=0 s_looks=0 && journal "not stopped: $kept at the last moment" && return 0; }
  fi
  if [ "$s_why" = lifetime ]; then journal "stops: the longest life of $max s is over"; else journal "stops: idle for $s_idle s"; fi
  s_stopping=$uptime
  remember # the machine may be gone before the command returns
  if stop_machine; then
    journal "the stop command was taken: $stopped_by"
  else
    s_stopping=0
    stop_failed "$stop_error"
  fi
}

# stop_failed WHY: again after 2, 4, 8 ... 64 minutes, and never silently.
stop_failed() {
  s_failures=$((s_failures + 1)) s_failure=$1
  delay=120 tries=1
  while [ "$tries" -lt "$s_failures" ] && [ "$delay" -lt 3840 ]; do delay=$((delay * 2)) tries=$((tries + 1)); done
  # It may have taken its time, which is no gap between two looks.
  clock && s_uptime=$uptime
  s_retry_at=$((uptime + delay))
  journal "stop failed ($s_failures): $s_failure"
}

# in_a_row A|B: what keeps the machine, as words.
in_a_row() { if [ -n "$1" ]; then printf 'in use: %s' "$1" | sed 's/|/, /g'; else echo idle; fi; }
