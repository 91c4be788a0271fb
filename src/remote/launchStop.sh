# shellcheck shell=sh
# How a node of a job is stopped: who asks, the clocks of max_duration and of the grace, and what ends the processes. Read by launch.sh, which sets
# $stop_kind and what else is not set here; needs processes.sh and records.sh.

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
