# shellcheck shell=sh
# The sources that say whether this machine is in use. Read by watchdog.sh. Each adds to $kept, in words, joined by |, and to $kinds, which changes only
# when the journal should have a line. Shell builtins where they do, because starting programs is what a look costs.

# look -> $kept, $kinds.
look() {
  kept='' kinds=''
  if [ "$uptime" -lt "$boot_grace" ]; then keep_by boot 'the start of the machine'; fi
  lease
  jobs
  terminals
  load_and_traffic
  gpu
  kernels
}

# keep_by KIND TEXT
keep_by() {
  kinds=$kinds${kinds:+|}$1
  kept=$kept${kept:+|}$2
}

lease() {
  left lease
  [ "$left" -eq 0 ] || keep_by lease 'an editor in use'
}

# jobs: the launcher's pid file is there from its start, setup included, and its exit file at its end.
jobs() {
  for pid_file in "${HOME:-/nowhere}"/.trainyard/jobs/*/nodes/*/pid; do
    if [ ! -f "$pid_file" ] || [ -e "${pid_file%pid}exit" ]; then continue; fi
    pid='' started=''
    { read -r pid started <"$pid_file"; } 2>/dev/null || continue
    whole "$pid" ''
    if [ -z "$whole" ] || ! alive "$whole" "$started"; then continue; fi
    name=${pid_file#"$HOME"/.trainyard/jobs/}
    name=${name%%/*}
    case $name in *[!A-Za-z0-9._-]*) name=running ;; esac
    case $kept in *"job $name"*) ;; *) keep_by "job $name" "job $name" ;; esac
  done
}

# terminals: the kernel renews a terminal's access time when a key is read, so what was pressed shows as a change, whatever the clock says. A
# terminal that is merely open, or only written to, keeps nothing.
terminals() {
  set -- "$root"/dev/pts/[0-9]*
  [ -e "$1" ] || { s_ttys='' && return 0; }
  seen=' '
  # One that was closed meanwhile is only complained about.
  for entry in $(stat -c '%n=%X' "$@" 2>/dev/null); do
    entry=${entry#"$root"/dev/pts/}
    seen=$seen$entry' '
    case $s_ttys in *" $entry "*) ;; *) s_tty_at=$uptime ;; esac
  done
  s_ttys=$seen
  if [ "$seen" = ' ' ]; then s_tty_at=$uptime; fi
  # After a start of the machine the old time may lie ahead.
  [ "$s_tty_at" -le "$uptime" ] || s_tty_at=$uptime
  [ $((uptime - s_tty_at)) -ge "$tty_keeps" ] || keep_by terminal 'a terminal'
}

# load_and_traffic: of processors and network, since the last time. That of the container, where this is one.
load_and_traffic() {
  processors
  traffic
  span=$((centis - s_measured))
  # Half a second tells nothing; the next look then has more.
  if [ "$s_measured" -gt 0 ] && [ "$span" -lt 100 ] && [ "$span" -ge 0 ]; then return; fi
  if [ "$s_measured" -gt 0 ] && [ -n "$s_cpu" ] && [ -n "$cpu" ] && [ "${cpu%:*}" = "${s_cpu%:*}" ]; then
    used=$(((${cpu#*:} - ${s_cpu#*:}) / span))
    if [ "$used" -ge "$cpu_keeps" ]; then keep_by cpu "CPU: $((used / 100)).$((used / 10 % 10)) cores"; fi
  fi
  if [ "$s_measured" -gt 0 ] && [ -n "$s_net" ] && [ -n "$net" ] && [ "$net_keeps" -gt 0 ]; then
    rate=$(((net - s_net) * 100 / span))
    if [ "$rate" -ge "$net_keeps" ]; then keep_by transfer "a transfer: $((rate / 1000000)) MB/s"; fi
  fi
  s_cpu=$cpu s_net=$net s_measured=$centis
}

# processors -> $cpu: SOURCE:used, in units that, divided by hundredths of a second, are hundredths of a core (so 0.1 ms each).
processors() {
  cpu='' word='' value=''
  if { read -r word value <"$root/sys/fs/cgroup/cpu.stat"; } 2>/dev/null && [ "$word" = usage_usec ]; then
    if digits "$value"; then cpu=group:$((value / 100)); fi
  elif { read -r value <"$root/sys/fs/cgroup/cpuacct/cpuacct.usage"; } 2>/dev/null; then
    if digits "$value"; then cpu=account:$((value / 100000)); fi
  elif { read -r word user nice system _ _ irq soft steal _ <"$root/proc/stat"; } 2>/dev/null && [ "$word" = cpu ]; then
    # In hundredths of a second on every Linux that has a GPU.
    if digits "$user$nice$system$irq$soft$steal"; then cpu=all:$(((user + nice + system + irq + soft + steal) * 100)); fi
  fi
}

# traffic -> $net: bytes in and out, over all interfaces but the machine's own.
traffic() {
  net=''
  [ -r "$root/proc/net/dev" ] || return 0
  net=0
  while read -r name rest; do
    case $name in
      lo:*) continue ;;
      *:) ;;
      *:[0-9]*) rest="${name#*:} $rest" ;;
      *) continue ;;
    esac
    # shellcheck disable=SC2086 # into fields
    set -- $rest
    if digits "${1-}${9-}"; then net=$((net + $1 + $9)); fi
  done <"$root/proc/net/dev"
}

digits() { case $1 in '' | *[!0-9]*) return 1 ;; esac }

# doubt WHAT SECONDS WORDS: what can't be read keeps, for a while.
doubt() { [ "$2" -ge "$unknown_limit" ] || keep_by "doubt $1" "$3"; }

# gpu: asked in the background and left behind when it does not answer. While one hangs no second is started.
gpu() {
  if ! { command -v nvidia-smi || command -v rocm-smi || command -v amd-smi; } >/dev/null; then
    if [ -e "$root/proc/driver/nvidia/version" ]; then gpu_answer=unknown && gpu_verdict; else s_doubt_gpu=0; fi
    return
  fi
  tries=3
  while :; do
    if [ -n "$s_gpu_pid" ] && alive "$s_gpu_pid" "$s_gpu_started"; then
      gpu_answer=hangs
    else
      ask_gpu
    fi
    tries=$((tries - 1))
    if [ "$gpu_answer" != field ] || [ "$s_gpu_query" -ge 3 ] || [ "$tries" -le 0 ]; then break; fi
    s_gpu_query=$((s_gpu_query + 1)) # an older driver
  done
  gpu_verdict
}

# ask_gpu -> $gpu_answer, see watchdogGpu.sh; `hangs` when there is none in time.
ask_gpu() {
  answer=$shm/gpu
  rm -f "$answer"
  (in_session sh "$here/watchdogGpu.sh" "$answer" "$s_gpu_query" "$gpu_samples" "$gpu_below" "$gpu_mem_keeps" </dev/null >/dev/null 2>&1) &
  s_gpu_pid=$!
  start_time "$s_gpu_pid"
  s_gpu_started=$start_time waits=$((gpu_timeout * 20))
  while [ ! -f "$answer" ] && [ "$waits" -gt 0 ] && alive "$s_gpu_pid" "$s_gpu_started"; do
    nap 0.05
    waits=$((waits - 1))
  done
  gpu_answer=unknown
  if ! { read -r gpu_answer <"$answer"; } 2>/dev/null && [ "$waits" -le 0 ]; then gpu_answer=hangs; fi
  # What hangs in the driver is not ended by this, and is then still there at the next look.
  signal KILL "-$s_gpu_pid" || signal KILL "$s_gpu_pid" || true
}

gpu_verdict() {
  case $gpu_answer in
    'active '*) keep_by gpu "GPU: ${gpu_answer#active } %" && s_doubt_gpu=0 ;;
    'memory '*) keep_by memory "GPU memory: ${gpu_answer#memory } MiB" && s_doubt_gpu=0 ;;
    idle | none) s_doubt_gpu=0 ;;
    *)
      s_doubt_gpu=$((s_doubt_gpu + step))
      doubt gpu "$s_doubt_gpu" "GPUs that can't be read"
      ;;
  esac
}
