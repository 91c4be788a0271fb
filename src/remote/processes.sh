# shellcheck shell=sh
# Which processes belong to a node of a job, and how they are signalled. Read by launch.sh and nodes.sh.
#
# What setup and run start carries TRAINYARD_NODE_TOKEN=node-<token>- in its environment, and so does everything that they
# start in turn: torchrun's workers have sessions of their own and a daemon loses its parents, but both keep the
# environment. The launcher's samplers carry host-<token>- and gpu-<token>-. <token> is the launcher's pid and start time, which no other
# launcher on the machine shares, and holds nothing that a job file could choose.

# start_time PID -> $start_time: with the pid, it names one process for ever. Empty when there is no such process, or only
# its zombie. On Linux field 22 of /proc/PID/stat, elsewhere `ps -o lstart=` with _ for spaces.
start_time() {
  start_time=
  if [ -r /proc/self/stat ]; then
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    # The name of the program may hold spaces and brackets; what follows the last bracket does not.
    # shellcheck disable=SC2086 # split into fields; the first is the state, number 3
    set -- ${stat##*) }
    case $1 in Z | X) ;; *) start_time=${20} ;; esac
  else
    # shellcheck disable=SC2046 # split into words, to join them with _
    set -- $(ps -o lstart= -p "$1" 2>/dev/null)
    start_time=$(IFS=_ && printf '%s' "$*")
  fi
}

# alive PID STARTED: whether PID is still the process that started then.
alive() {
  start_time "$1"
  [ -n "$2" ] && [ "$start_time" = "$2" ]
}

# members TOKEN [LEADER [outside]] prints the pids that carry TOKEN, or are in LEADER's session or process group, and all
# that descend from those. `outside` leaves out LEADER's own process group.
members() {
  if [ -r /proc/self/environ ]; then
    # shellcheck disable=SC2046 # one line of words
    set -- "${2-}" "${3-}" $(grep -lF "TRAINYARD_NODE_TOKEN=$1" /proc/[0-9]*/environ 2>/dev/null)
  else
    # shellcheck disable=SC2046
    set -- "${2-}" "${3-}" $(ps -A -E -ww -o pid=,command= | awk -v token="TRAINYARD_NODE_TOKEN=$1" 'index($0, token) { print $1 }')
  fi
  leader=$1 outside=$2
  shift 2
  if [ -r /proc/self/stat ]; then cat /proc/[0-9]*/stat 2>/dev/null; else ps -A -o pid=,stat=,ppid=,pgid=,pgid=; fi |
    awk -v carriers="$*" -v leader="$leader" -v outside="$outside" '
      BEGIN { n = split(carriers, pids, /[^0-9]+/); for (i = 1; i <= n; i++) if (pids[i] != "") member[pids[i]] = 1 }
      {
        sub(/\(.*\) /, "")
        if ($2 ~ /^Z/) next
        parent[$1] = $3; group[$1] = $4
        if (leader != "" && ($4 == leader || $5 == leader)) member[$1] = 1
      }
      END {
        do {
          grown = 0
          for (pid in parent) if (!(pid in member) && (parent[pid] in member)) { member[pid] = 1; grown = 1 }
        } while (grown)
        for (pid in member) if ((pid in parent) && !(outside != "" && group[pid] == leader)) print pid
      }'
}

# signal SIGNAL PID...
signal() { kill -s "$@" 2>/dev/null || true; }

# sweep SECONDS TOKEN [LEADER [told]]: ends every member: SIGTERM (unless they were `told` already), SECONDS of grace, then
# SIGKILL. A process that not even SIGKILL ends (it hangs in the kernel) is left after two seconds.
sweep() {
  pids=$(members "$2" "${3-}")
  [ -n "$pids" ] || return 0
  # shellcheck disable=SC2086 # a list of pids, here and below
  [ -n "${4-}" ] || signal TERM $pids
  uptime
  deadline=$((uptime + $1))
  while [ -n "$pids" ] && uptime && [ "$uptime" -lt "$deadline" ]; do
    nap 0.1
    pids=$(members "$2" "${3-}")
  done
  tries=20
  while [ -n "$pids" ] && [ "$tries" -gt 0 ]; do
    # shellcheck disable=SC2086
    signal KILL $pids
    pids=$(members "$2" "${3-}")
    [ -z "$pids" ] || nap 0.1
    tries=$((tries - 1))
  done
}

# uptime -> $uptime: seconds of a clock that nobody sets.
uptime() {
  { read -r uptime _ </proc/uptime; } 2>/dev/null || uptime=$(date +%s)
  uptime=${uptime%.*}
}

# nap SECONDS: a sleep that a signal can cut short. A shell that is ended meanwhile takes it along by `trap end_nap TERM`;
# a plain `sleep` would outlive it.
nap=''
nap() {
  sleep "$1" >/dev/null 2>&1 &
  nap=$!
  wait "$nap" && return
  [ $? -gt 128 ] || sleep 1 # this sleep knows no fractions
}
end_nap() {
  [ -z "$nap" ] || signal TERM "$nap"
  exit
}

# in_session COMMAND...: becomes COMMAND, as the leader of a session of its own where the machine has a way to do that.
in_session() {
  if command -v setsid >/dev/null; then
    exec setsid "$@"
  elif command -v perl >/dev/null; then
    exec perl -MPOSIX -e 'POSIX::setsid(); $SIG{INT} = $SIG{QUIT} = "DEFAULT"; exec { $ARGV[0] } @ARGV' "$@"
  fi
  exec "$@"
}
can_lead() { command -v setsid >/dev/null || command -v perl >/dev/null; }
