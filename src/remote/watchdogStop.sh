# shellcheck shell=sh
# Stopping this machine. Read by watchdog.sh. The file `stop`, where it is there, holds the user's own command for sh, and then that alone
# is tried: on some clouds a machine that merely powers off is still paid for and can't be reached any more. Otherwise what the
# system offers, one after the other.

# stop_machine -> true when a command was taken, with $stopped_by; else $stop_error, in words.
stop_machine() {
  stop_error=''
  trap '' USR1
  stop_by_ladder
  stop_result=$?
  heed
  return "$stop_result"
}

stop_by_ladder() {
  if [ -e "$here/stop" ]; then
    # It is run as it is, so it must be ours alone.
    case $(ls -ld "$here/stop") in -rw-------*) ;; *) stop_error='The stop command is not used: others may write to its file.' && return 1 ;; esac
    [ -O "$here/stop" ] || { stop_error='The stop command is not used: its file belongs to somebody else.' && return 1; }
    try sh "$here/stop"
    return
  fi
  if [ "$(id -u)" -eq 0 ]; then
    try shutdown -h now || try systemctl poweroff
  else
    try sudo -n shutdown -h now || try sudo -n systemctl poweroff || try systemctl --no-ask-password poweroff || try shutdown -h now
  fi
}

# try COMMAND...: with a limit of time, and without a terminal. Its last words are the reason of its failure.
try() {
  command -v "$1" >/dev/null || { [ -n "$stop_error" ] || stop_error="There is no program $1." && return 1; }
  words=$shm/stop.out
  { : >"$words"; } 2>/dev/null || words=/dev/null
  (in_session "$@" </dev/null >"$words" 2>&1) &
  attempt=$!
  start_time "$attempt"
  attempt_started=$start_time deadline=$((stop_timeout * 5))
  while alive "$attempt" "$attempt_started"; do
    if [ "$deadline" -le 0 ]; then
      signal KILL "-$attempt" || signal KILL "$attempt"
      stop_error="$*: no answer in $stop_timeout s."
      return 1
    fi
    nap 0.2
    deadline=$((deadline - 1))
  done
  wait "$attempt"
  status=$?
  stopped_by=$*
  [ "$status" -ne 0 ] || return 0
  said=$(tail -c 400 "$words" 2>/dev/null | tr -c 'A-Za-z0-9 .,:;/_()=\n-' '?' | grep . | tail -n 1)
  stop_error="$*: exit code $status${said:+: $said}"
  return 1
}
