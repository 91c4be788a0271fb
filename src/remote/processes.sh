# shellcheck shell=sh
# Which processes belong to a node of a job, and how they are signalled. Read by launch.sh and nodes.sh.
#
# What setup and run start carries TRAINYARD_NODE_TOKEN=node-<token>- in its environment, and so does everything that they
# start in turn: torchrun's workers have sessions of their own and a daemon loses its parents, but both keep the
# environment. The launcher's helpers carry tick-, host- and gpu-<token>-. <token> is the launcher's pid and start time, which no other
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

# members TOKENS [LEADER [outside]] prints the pids that carry one of TOKENS (words), or are in LEADER's session or process group, and all
# that descend from those. `outside` leaves out LEADER's own process group. Call it as $(members ...).
members() {
  leader=${2-} outside=${3-} tokens=$1
  set --
  if [ -r /proc/self/environ ]; then
    for mark in $tokens; do set -- "$@" -e "TRAINYARD_NODE_TOKEN=$mark"; done
    carriers=$(grep -lzxF "$@" /proc/[0-9]*/environ 2>/dev/null)
  else
    carriers=$(ps -A -E -ww -o pid=,command= | awk -v tokens="$tokens" '
      BEGIN { n = split(tokens, token, " ") }
      { for (i = 1; i <= n; i++) if (index($0, "TRAINYARD_NODE_TOKEN=" token[i])) print $1 }')
  fi
  # shellcheck disable=SC2086 # lines to words
  set -- $carriers
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
        # Those without a parent among them first: a shell must not see its child die and go on.
        for (last = 0; last < 2; last++)
          for (pid in member)
            if ((pid in parent) && (parent[pid] in member) == last && !(outside != "" && group[pid] == leader)) print pid
      }'
}

# signal SIGNAL PID...: -PID is a process group. No other spelling of `kill` works for groups in dash and busybox alike.
signal() {
  signal=$1
  shift
  kill "-$signal" "$@" 2>/dev/null
}

# sweep SECONDS TOKENS [LEADER [told]]: ends every member: SIGTERM (unless they were `told` already), SECONDS of grace, then
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

# patient GRACE -> $patience: seconds of `uptime` that are never less than the grace, since it counts whole ones only.
# shellcheck disable=SC2034 # for the caller
patient() { patience=$(($1 > 0 ? $1 + 1 : 0)); }

# nap SECONDS: where sleep knows no fractions, a second.
nap() { sleep "$1" 2>/dev/null || sleep 1; }

# in_session COMMAND...: becomes COMMAND, as the leader of a session of its own where the machine has a way to do that.
in_session() {
  if command -v setsid >/dev/null; then
    exec setsid "$@"
  elif command -v perl >/dev/null; then
    exec perl -MPOSIX -e 'POSIX::setsid(); exec { $ARGV[0] } @ARGV' "$@"
  fi
  exec "$@"
}
can_lead() { command -v setsid >/dev/null || command -v perl >/dev/null; }
