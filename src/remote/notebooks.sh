#!/bin/sh
# The notebook server of this user on this machine. It is sent over an open connection as `sh -c SCRIPT notebooks VERB ...`,
# and leaves ~/.trainyard/jupyter: server.json and server.lock (see notebookServer.py), token, server.log, journal/, venv/, venv.lock.
#
#   find FOLDER           lines: `server JSON` and `token TOKEN` of the one that runs, else `gone JSON` of the last one where there is
#                         one, `python PATH VERSION SERVER KERNEL VENV` for each Python (0 or 1: has jupyter-server 2, ipykernel, can make
#                         an environment), and `free KILOBYTES` of the disk
#   start PYTHON HASH FOLDER   with notebookServer.py as its input; then the lines `server` and `token`
#   install PYTHON PACKAGES...   makes venv/ with these; `group PID` first, then what pip says. venv/complete is written last
#   end [PID STARTED]     ends the server with its kernels; one that is named, and no other
set -u
umask 077
home=$HOME/.trainyard/jupyter
mkdir -p "$home" || exit 1
cd "$home" || exit 1
# Also where it was there before, as made by hand: the token and all that cells put out lie here.
chmod 700 . || exit 1

# started PID -> when it started, as notebookServer.py writes it.
started() {
  if [ -r /proc/self/stat ]; then
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    # shellcheck disable=SC2086 # split into fields; the first is the state, number 3
    set -- ${stat##*) }
    case $1 in Z | X) return 1 ;; esac
    printf '%s' "${20}"
  else
    # shellcheck disable=SC2046 # split into words, to join them with _
    set -- $(LC_ALL=C ps -o lstart= -p "$1" 2>/dev/null)
    [ $# -gt 0 ] && (IFS=_ && printf '%s' "$*")
  fi
}

# field NAME -> its value in server.json, a number or a text without quotes.
field() {
  sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p" server.json 2>/dev/null
}

running() {
  pid=$(field pid)
  case $pid in '' | *[!0-9]*) return 1 ;; esac
  [ "$(started "$pid")" = "$(field started)" ]
}

tell() {
  printf 'server %s\n' "$(cat server.json)"
  printf 'token %s\n' "$(cat token)"
}

look_at() {
  [ -x "$1" ] || return 0
  timeout_ 10 "$1" -c '
import sys
from importlib import util
try:
    from importlib import metadata
    major = int(metadata.version("jupyter-server").split(".")[0])
except Exception:
    major = 0
has = lambda *names: int(all(util.find_spec(name) for name in names))
new = sys.version_info >= (3, 8)
print("python", sys.argv[1], sys.version.split()[0], int(major >= 2 and new), has("ipykernel"), int(new and has("venv", "ensurepip") == 1))
' "$1" </dev/null 2>/dev/null
}

timeout_() {
  if command -v timeout >/dev/null; then timeout "$@"; else shift && "$@"; fi
}

find_() {
  if running; then tell && return; fi
  if [ -s server.json ]; then printf 'gone %s\n' "$(cat server.json)"; fi
  folder=$HOME/$1
  case $1 in /*) folder=$1 ;; esac
  seen=: venv=
  # One that was left half-made would start, and fail later.
  if [ -e venv/complete ]; then venv=$home/venv/bin/python3; fi
  for python in "$venv" "$folder/.venv/bin/python3" "$(command -v python3)" \
    "$HOME"/miniconda3/bin/python3 "$HOME"/anaconda3/bin/python3 "$HOME"/miniforge3/bin/python3 \
    "$HOME"/mambaforge/bin/python3 /opt/conda/bin/python3 /opt/miniconda3/bin/python3 /usr/bin/python3; do
    case $python in *' '* | '') continue ;; esac
    case $seen in *":$python:"*) continue ;; esac
    seen=$seen$python:
    look_at "$python"
  done
  printf 'free %s\n' "$(df -Pk . | awk 'NR == 2 { print $4 }')"
}

start_() {
  if running; then tell && return; fi
  cat >"notebookServer.py.$$" && mv "notebookServer.py.$$" notebookServer.py
  [ -s token ] || (od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"token.$$" && mv "token.$$" token)
  # A session of its own, so that it stays when the connection goes.
  TRAINYARD_FOLDER=$3 nohup "$1" -c 'import fcntl, os, sys
with open("server.lock", "a+") as lock:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        pid, _, host = (lock.read().split() + ["", "", ""])[:3]
        if host not in ("", os.uname().nodename):
            sys.exit("The notebook server of %s runs in this home folder, which both machines have. "
                "Work there, or end it there (kill %s) and try again." % (host, pid))
if os.fork() == 0:
    os.setsid()
    os.execv(sys.argv[1], sys.argv[1:])' "$1" "$home/notebookServer.py" "$home" "$2" >server.log 2>&1 </dev/null || {
    tail -c 2000 server.log >&2
    return 1
  }
  tries=0
  while ! running; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ]; then
      tail -c 2000 server.log >&2
      return 1
    fi
    sleep 0.1
  done
  tell
}

install_() {
  python=$1
  shift
  exec "$python" -c 'import fcntl, os, subprocess, sys
# A group of its own, by which it is ended; it leads one already where sshd started it.
if os.getpgrp() != os.getpid():
    os.setsid()
print("group", os.getpid(), flush=True)
place, packages = sys.argv[1], sys.argv[2:]
python, complete = place + "/bin/python3", place + "/complete"
def run(*words):
    return subprocess.call(words, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
lock = open(place + ".lock", "a")
fcntl.flock(lock, fcntl.LOCK_EX)
# Another window may have made it while this one waited.
if os.path.exists(complete) and run(python, "-c", "import jupyter_server, ipykernel") == 0:
    sys.exit()
# Anew, whatever is there: half of it, or one whose Python has gone.
if os.path.exists(complete):
    os.remove(complete)
# With the packages of the system, where images for GPUs have their PyTorch.
if run(sys.executable, "-m", "venv", "--clear", "--system-site-packages", place):
    sys.exit(1)
if run(python, "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar", "off", *packages):
    sys.exit(1)
open(complete, "w").close()' "$home/venv" "$@"
}

# Also one that has not come as far as server.json: whoever holds the lock has said so in it.
there() {
  if running; then return; fi
  { read -r pid token _ <server.lock; } 2>/dev/null || return 1
  case $pid in '' | *[!0-9]*) return 1 ;; esac
  [ "$(started "$pid")" = "$token" ]
}

# end_ [PID STARTED]: of several who want the same ended, the last would end what another has started in its place.
end_() {
  there || return 0
  ended=$pid born=$(started "$pid")
  if [ -z "$born" ] || { [ $# -gt 0 ] && [ "$*" != "$ended $born" ]; }; then return 0; fi
  kill "$ended"
  tries=0
  while [ "$(started "$ended")" = "$born" ] && [ "$tries" -lt 80 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  # Kernels end by themselves once their server has gone.
  [ "$(started "$ended")" != "$born" ] || kill -KILL "$ended"
}

verb=$1
shift
case $verb in
find) find_ "$@" ;;
start) start_ "$@" ;;
install) install_ "$@" ;;
end) end_ "$@" ;;
*) exit 2 ;;
esac
