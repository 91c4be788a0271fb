#!/bin/sh
# Stops this SageMaker notebook instance when nobody uses it, for SageMaker has nothing that does: notebookIdle.sh MINUTES. Runs as root, started by the
# instance's lifecycle script at each start. POSIX sh, Linux. Short, since a lifecycle script has room for 16,384 characters: of the rules of
# watchdog.sh it has those that matter here.
#
# In use: a kernel that is busy or did something since the last look, a key in a terminal, a notebook that was saved, a GPU at 5 %, half a
# core, 1 MB/s of traffic. What can't be read counts as in use for an hour, and then the others decide. Only /proc/uptime counts time; after a gap
# between two looks the idle clock begins anew. Warnings, stops and their failures go to trainyard-idle.log beside the notebooks.

umask 022
# Only tests set this: where proc, dev, opt and home are.
root=${TRAINYARD_WATCHDOG_ROOT-}
# Nothing that the instance's user may write: this is root.
PATH=$PATH:$root/usr/local/bin:$root/usr/bin:$root/usr/sbin:$root/bin:$root/sbin
export PATH LC_ALL=C
notebooks=$root/home/ec2-user/SageMaker
log=$notebooks/trainyard-idle.log
run=$root/run/trainyard-idle

# whole TEXT DEFAULT -> $whole: anything else must not reach arithmetic.
whole() { case $1 in '' | *[!0-9]* | 0?* | ????????????????*) whole=$2 ;; *) whole=$1 ;; esac }

# clock -> $uptime, whole seconds.
clock() {
  { read -r uptime _ <"$root/proc/uptime"; } 2>/dev/null || return 1
  whole "${uptime%.*}" '' && uptime=$whole
  [ -n "$uptime" ]
}

# tell TEXT: into the log, as the instance's user, whose folder it is: root would follow any link there.
tell() {
  # shellcheck disable=SC2016 # that shell's own
  set -- sh -c '{ printf "%s %s\n" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" >>"$1" && [ "$(($(wc -c <"$1")))" -gt 65536 ] &&
    tail -c 32768 "$1" >"$1.new" && mv -f "$1.new" "$1"; } 2>/dev/null' sh "$log" "$1"
  if [ "$(id -u)" -eq 0 ] && id ec2-user >/dev/null 2>&1; then runuser -u ec2-user -- "$@"; else "$@"; fi
}

# say TEXT: to whoever has a terminal open, too. In the background, for a terminal that was halted takes nothing.
say() {
  tell "$1"
  for tty in "$root"/dev/pts/[0-9]*; do
    [ ! -w "$tty" ] || { printf '\r\n[trainyard] %s\r\n' "$1" >"$tty" & } 2>/dev/null
  done
}

# use TEXT: what keeps the instance. doubt SECONDS TEXT: for an hour.
use() { used=$used${used:+, }$1; }
doubt() { [ "$1" -ge 3600 ] || use "$2"; }

# field NAME FILE: of a small JSON file, a text, number, true or false.
field() { head -c 65536 "$2" 2>/dev/null | tr -d ' \n' | sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^\",}]*\\).*/\\1/p"; }

# kernels: of the Jupyter servers that left their file, else of the one that SageMaker has at port 8443. `last_activity` tells of what began and
# ended between two looks; asked so, Jupyter takes the look itself for none.
kernels() {
  seen='' answers='' silent='' ports=' '
  for file in "$root"/home/ec2-user/.local/share/jupyter/runtime/*server-*.json "$run/usual.json"; do
    if [ ! -f "$file" ] || { [ "$file" = "$run/usual.json" ] && [ "$ports" != ' ' ]; }; then continue; fi
    whole "$(field port "$file")" '' && port=$whole
    whole "$(field pid "$file")" '' && pid=$whole
    case $ports in *" $port "*) continue ;; esac
    if [ -z "$port" ] || { [ -n "$pid" ] && [ ! -d "$root/proc/$pid" ]; }; then continue; fi
    ports=$ports$port' '
    scheme=http base=$(field base_url "$file") token=$(field token "$file")
    [ "$(field secure "$file")" != true ] || scheme=https
    case $base in /*[!A-Za-z0-9._~/-]* | [!/]* | '') base=/ ;; esac
    case $token in *[!A-Za-z0-9._~-]*) token='' ;; esac
    # The token is never among the words of a program.
    body=$(printf 'header = "Authorization: token %s"\nurl = "%s://127.0.0.1:%s%s/api/kernels?no_track_activity=1"\n' \
      "$token" "$scheme" "$port" "${base%/}" | curl -sfk --noproxy '*' --max-time 5 --config - 2>/dev/null | head -c 1000000 | tr -d '\000')
    case $body in
      \[*'"execution_state":"busy"'* | \[*'"execution_state": "busy"'*) use 'a busy notebook kernel' && answers=1 ;;
      \[*) answers=1 ;;
      *) silent=1 ;;
    esac
    seen=$seen$(printf '%s' "$body" | tr '{},' '\n' | grep -e '"id"' -e '"last_activity"')
  done
  if [ -n "$anew" ] || [ "$seen" = "$kernels_seen" ]; then :; else use 'a notebook kernel'; fi
  kernels_seen=$seen
  doubt_jupyter=$((doubt_jupyter + step))
  if [ -n "$answers" ] && [ -z "$silent" ]; then doubt_jupyter=0; else doubt "$doubt_jupyter" 'Jupyter, which does not answer'; fi
}

# terminals: the kernel of the system renews a terminal's access time when a key is read.
terminals() {
  set -- "$root"/dev/pts/[0-9]*
  keys=$([ ! -e "$1" ] || stat -c '%n=%X' "$@" 2>/dev/null)
  [ -n "$anew" ] || [ "$keys" = "$keys_seen" ] || use 'a terminal'
  keys_seen=$keys
}

# saves: somebody may write for an hour and run nothing. The next look sees what comes while this one looks.
saves() {
  touch "$run/look.new" 2>/dev/null
  if [ -z "$anew" ] && [ -n "$(find "$notebooks" -xdev -maxdepth 4 -name '*.ipynb' -newer "$run/look" 2>/dev/null | head -n 1)" ]; then
    use 'a notebook that was saved'
  fi
  mv -f "$run/look.new" "$run/look" 2>/dev/null
}

# gpu: asked in the background and left behind when it does not answer, for it may hang in the driver; while one hangs no second is started.
gpu() {
  doubt_gpu=$((doubt_gpu + step))
  if ! command -v nvidia-smi >/dev/null; then
    [ ! -e "$root/proc/driver/nvidia/version" ] || doubt "$doubt_gpu" 'GPUs that can not be read'
    return
  fi
  if [ -z "$gpu_pid" ] || ! kill -0 "$gpu_pid" 2>/dev/null; then
    rm -f "$run/gpu"
    # Three samples, for the figure is that of less than a second.
    { for _ in 1 2 3; do
      nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits || echo failed
      sleep 0.5
    done >"$run/gpu.new" && mv -f "$run/gpu.new" "$run/gpu"; } </dev/null >/dev/null 2>&1 &
    gpu_pid=$!
    waits=100
    while [ ! -f "$run/gpu" ] && [ "$waits" -gt 0 ]; do sleep 0.1 && waits=$((waits - 1)); done
    [ ! -f "$run/gpu" ] || wait "$gpu_pid"
  fi
  most=''
  while read -r percent; do
    whole "$percent" ''
    [ -n "$whole" ] || { most='' && break; }
    if [ -z "$most" ] || [ "$whole" -gt "$most" ]; then most=$whole; fi
  done 2>/dev/null <"$run/gpu"
  if [ -z "$most" ]; then doubt "$doubt_gpu" 'GPUs that can not be read'; else doubt_gpu=0; fi
  [ "${most:-0}" -lt 5 ] || use "GPU: $most %"
}

# load: of processors (hundredths of a second, of all cores) and network, since the last look.
load() {
  ticks='' bytes=0
  user='' nice='' system='' irq='' soft=''
  { read -r _ user nice system _ _ irq soft _ <"$root/proc/stat"; } 2>/dev/null
  case $user$nice$system$irq$soft in '' | *[!0-9]*) ;; *) ticks=$((user + nice + system + irq + soft)) ;; esac
  while read -r name rest; do
    case $name in lo:* | [!:]*[!:]) continue ;; esac
    # shellcheck disable=SC2086 # into fields
    set -- $rest
    whole "${1-}" 0 && bytes=$((bytes + whole))
    whole "${9-}" 0 && bytes=$((bytes + whole))
  done 2>/dev/null <"$root/proc/net/dev"
  if [ -z "$anew" ] && [ "$step" -gt 0 ]; then
    if [ -n "$ticks" ] && [ -n "$ticks_seen" ] && [ $((ticks - ticks_seen)) -ge $((50 * step)) ]; then use 'the CPU'; fi
    if [ $((bytes - bytes_seen)) -ge $((1000000 * step)) ]; then use 'a transfer'; fi
  fi
  ticks_seen=$ticks bytes_seen=$bytes
}

# stop: by the instance's own role. What AWS says is the reason of a failure.
stop() {
  about=$root/opt/ml/metadata/resource-metadata.json
  name=$(field ResourceName "$about") region=$(field ResourceArn "$about" | cut -d : -f 4)
  failure=$(timeout 60 aws sagemaker stop-notebook-instance --notebook-instance-name "$name" --region "$region" 2>&1 </dev/null) && return 0
  failure=$(printf '%s' "$failure" | tr '\n' ' ' | tail -c 400)
  return 1
}

# goes_on: nothing of the time before counts any more.
goes_on() {
  [ "$warned" -eq 0 ] || say "goes on: ${used:-it was asleep}"
  idle=0 warned=0 failures=0 retry=0
}

# tick: one look, and what follows from it. Before the first: begin.
begin() {
  limit=$(($1 * 60)) last='' idle=0 warned=0 failures=0 retry=0 doubt_jupyter=0 doubt_gpu=0
  kernels_seen='' keys_seen='' ticks_seen='' bytes_seen=0 gpu_pid=''
  # Of a short limit the warnings are in its second half.
  first=600 second=120
  [ "$limit" -gt 1200 ] || first=$((limit / 2))
  [ "$second" -lt "$first" ] || second=$((first / 2))
  mkdir -p "$run"
  printf '{"port":8443,"secure":true}\n' >"$run/usual.json"
  tell "watches: stops after $1 minutes without use"
}

tick() {
  clock || return 0
  anew='' step=0
  if [ -z "$last" ] || [ "$uptime" -lt "$last" ] || [ $((uptime - last)) -gt 240 ]; then anew=1; else step=$((uptime - last)); fi
  last=$uptime used=''
  kernels
  terminals
  saves
  gpu
  load
  if [ -n "$anew$used" ]; then goes_on && return 0; fi
  idle=$((idle + step))
  left=$((limit - idle))
  if [ "$left" -gt 0 ]; then
    if [ "$left" -le "$second" ] && [ "$warned" -lt 2 ]; then
      warned=2
    elif [ "$left" -le "$first" ] && [ "$warned" -lt 1 ]; then
      warned=1
    else
      return 0
    fi
    say "This notebook instance stops in $left s, for nobody has used it for $idle s. Run a cell or press a key in a terminal to keep it."
  elif [ "$warned" -lt 2 ]; then
    # A warning comes first, whatever is overdue.
    warned=2 idle=$((limit - second))
    say "This notebook instance stops in $second s, for nobody has used it. Run a cell or press a key in a terminal to keep it."
  elif [ "$uptime" -ge "$retry" ]; then
    # The look took a while, and somebody may have come.
    step=0
    kernels
    terminals
    saves
    if [ -n "$used" ]; then goes_on && return 0; fi
    tell "stops: not used for $idle s"
    if stop; then
      # It is gone within a minute or two, or else was not stopped.
      retry=$((uptime + 300))
    else
      failures=$((failures < 6 ? failures + 1 : 6))
      retry=$((uptime + (60 << failures)))
      say "could not be stopped, and goes on costing. Its role needs sagemaker:StopNotebookInstance, and a way to SageMaker. AWS: $failure"
    fi
  fi
}

main() {
  whole "${1-}" 0
  [ "$whole" -gt 0 ] || exit 64
  begin "$whole"
  while :; do
    tick
    sleep 60
  done
}
# In one piece: it may be replaced while it runs.
main "$@"; exit
