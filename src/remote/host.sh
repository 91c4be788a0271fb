#!/bin/sh
# What the editor asks of a machine that runs nodes of a job over SSH. All is in ~/.trainyard; JOB is the name of a folder in its `jobs`.
# POSIX sh; stands beside the launcher, whose files it reads.
#
#   sh host.sh probe [gpus] [PORT...]  what the machine is, a line each: `name value`. With `gpus` nvidia-smi is asked. `port`: the first on which nobody listens
#   sh host.sh make JOB RANK...        a new job's folder with the launcher; stdin: a tar of its scripts. Prints the claim, `none` where it may be started
#   sh host.sh begin JOB               starts it, with this environment, and prints its claim. Of the job's own copy
#   sh host.sh settle JOB              gives the job up unless it was started, and prints the claim that holds from now on
#   sh host.sh drop JOB                the same, and ends the job where it was started. Only the word that it never will be is left
#   sh host.sh status JOB              how it is: see `report`
#   sh host.sh watch JOB               the same, now and after each change, until its nodes have ended or stdin ends; a `.` shows that it still looks
#   sh host.sh stop JOB REASON         asks its launchers to stop
#   sh host.sh peer JOB RANK           the same, because that node, on another machine, failed
#   sh host.sh tail JOB RANK log|telemetry OFFSET [follow]  the bytes from there on; with `follow` those that come, too, until stdin ends
#   sh host.sh outputs JOB             `<bytes> <path>` and a NUL for each file, paths from the folder `outputs`
#   sh host.sh pack JOB OUTPUT         a tar of it
#   sh host.sh remove JOB              deletes an ended job's folder
#
# Exit status: 0; 64 wrong arguments; 65 no such output; 66 no such job; 73 the folder can't be written, why on stderr.

case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
# shellcheck source=processes.sh
. "$here/processes.sh"
# shellcheck source=records.sh
. "$here/records.sh"

umask 077
verb=${1-}
[ $# -eq 0 ] || shift
root=$HOME/.trainyard
if [ "$verb" != probe ]; then
  case ${1-} in '' | .* | */*) echo 'host.sh: which job?' >&2 && exit 64 ;; esac
  job_dir=$root/jobs/$1
  shift
fi

# boot -> $boot: names the time since the machine was started; `-` where nothing does.
boot() { { read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || boot=-; }

# claim -> $claim (started, aborted, unfinished or none), $starter (pid), $claimed (unix ms), $claimed_boot
claim() {
  claim=none starter='' claimed='' claimed_boot=''
  if [ -L "$job_dir/claim" ]; then claim=aborted && return; fi
  [ -e "$job_dir/claim" ] || return 0
  { read -r claim starter claimed claimed_boot <"$job_dir/claim"; } 2>/dev/null || claim=unfinished
  case $claim in started | aborted) ;; *) claim=unfinished ;; esac
}

# decided: waits for the end of an unfinished claim, which takes its writer a moment unless the disk is full.
decided() {
  tries=0
  while claim && [ "$claim" = unfinished ] && [ "$tries" -lt 20 ]; do
    nap 0.05
    tries=$((tries + 1))
  done
}

# abort: claims the job for nobody. A link needs no room on the disk.
abort() {
  mkdir -p "$job_dir" || exit 73
  (set -C && printf 'aborted\n' >"$job_dir/claim") 2>/dev/null || [ -e "$job_dir/claim" ] || ln -s aborted "$job_dir/claim" 2>/dev/null
  decided
}

# launcher RANK -> $launcher, its pid, or empty when it does not live (any more).
launcher() {
  launcher='' started=''
  { read -r launcher started <"$job_dir/nodes/$1/pid"; } 2>/dev/null || true
  alive "$launcher" "$started" || launcher=''
}

# starts: whether the starter still runs, and not another process that got its pid.
starts() {
  if [ -z "$starter" ] || [ "$claimed_boot" != "$boot" ]; then return 1; fi
  if [ -r "/proc/$starter/cmdline" ]; then tr '\0' ' ' <"/proc/$starter/cmdline"; else ps -ww -o command= -p "$starter"; fi 2>/dev/null |
    grep -qF "nodes.sh $job_dir"
}

# bury_lost: finds nodes that ended without a word, because the machine was restarted or all was killed at once.
bury_lost() {
  [ -n "$lost" ] && [ "$claim" = started ] || return 0
  boot
  if [ "$claimed_boot" = "$boot" ]; then
    now
    # From the claim to the last node's pid file it takes milliseconds; a machine may be busy.
    if [ $((now - ${claimed:-0})) -le 10000 ] || starts; then return 0; fi
  fi
  sh "$job_dir/launcher/nodes.sh" "$job_dir" settle </dev/null >/dev/null 2>&1
  look
}

# look -> $report, $open (nodes that have not ended) and $lost (those of them without a launcher). Lines:
#   claim <started|aborted|unfinished|none> <unix ms>
#   stop                                    where it was asked to
#   node <rank> <launched|-> <phase|->      for each that has not ended
#   end <rank> <bytes of log> <bytes of telemetry> <its exit file>
look() {
  claim
  report="claim $claim ${claimed:--}$newline" open='' lost=''
  [ ! -e "$job_dir/stop" ] || report=${report}stop$newline
  for node_dir in "$job_dir"/nodes/*; do
    rank=${node_dir##*/}
    case $rank in *[!0-9]*) continue ;; esac
    if [ -e "$node_dir/exit" ]; then
      sizes=$(eval "printf %s \"\${sizes_$rank-}\"")
      if [ -z "$sizes" ]; then
        sizes="$(size "$node_dir/log") $(size "$node_dir/telemetry")"
        eval "sizes_$rank=\$sizes"
      fi
      read -r end <"$node_dir/exit"
      report="${report}end $rank $sizes $end$newline"
    else
      open="$open $rank" phase='' launched=-
      launcher "$rank"
      [ -n "$launcher" ] || lost="$lost $rank"
      [ ! -e "$node_dir/pid" ] || launched=launched
      { read -r phase <"$node_dir/phase"; } 2>/dev/null || true
      case $phase in setup | run | collect) ;; *) phase=- ;; esac
      report="${report}node $rank $launched $phase$newline"
    fi
  done
}

size() { if [ -f "$1" ]; then echo $(($(wc -c <"$1"))); else echo 0; fi; }

# ended_input: ends this process when whoever asked is gone. The end of a channel alone does not.
ended_input() {
  exec 3<&0
  (
    cat <&3 >/dev/null
    kill "$1"
  ) >/dev/null 2>&1 &
  reader=$!
}

# watch: looks often after a change, and costs little otherwise.
watch() {
  ended_input $$
  last='' quiet=0 beat=0
  while :; do
    look
    [ -z "$lost" ] || bury_lost
    if [ "$report" != "$last" ]; then
      printf '%s;\n' "$report" || break
      last=$report quiet=0
    fi
    if [ -z "$open" ] || [ "$claim" != started ]; then break; fi
    beat=$((beat + 1)) quiet=$((quiet + 1))
    if [ "$beat" -ge 30 ]; then
      beat=0
      echo . || break
    fi
    if [ "$quiet" -lt 20 ]; then nap 0.1; else nap 0.5; fi
  done
  kill "$reader" 2>/dev/null
}

# tell FILE_NAME TEXT: the launchers of all nodes that have not ended. They see the file within a second by themselves; the signal makes it at once.
tell() {
  told=''
  for rank in $open; do
    [ "$1" = stop ] || { printf '%s\n' "$2" >"$job_dir/nodes/$rank/$1"; } 2>/dev/null
    launcher "$rank"
    if [ -n "$launcher" ] && signal TERM "$launcher"; then told=1; fi
  done
  # Before the first launcher is up.
  if [ -z "$told" ] && [ "$1" = stop ]; then
    boot
    ! starts || signal TERM "$starter"
  fi
}

# end_all: ends at once all that the job started here.
end_all() {
  boot
  ! starts || signal KILL "-$starter" || signal KILL "$starter"
  for node_dir in "$job_dir"/nodes/*; do
    launcher "${node_dir##*/}"
    if [ -z "$started" ] || [ "$claimed_boot" != "$boot" ]; then continue; fi
    [ -z "$launcher" ] || signal KILL "$launcher"
    { read -r pid started <"$node_dir/pid"; } 2>/dev/null
    sweep 2 "node-$pid-$started-"
    sweep 0 "tick-$pid-$started- host-$pid-$started- gpu-$pid-$started-"
  done
}

# clear: all but the claim.
clear() {
  for entry in "$job_dir"/* "$job_dir"/.[!.]*; do
    [ "$entry" = "$job_dir/claim" ] || rm -rf "$entry"
  done
}

known() {
  claim
  [ "$claim" = started ] || exit 66
}

probe() {
  boot
  now
  gpus='' port=''
  if [ "${1-}" = gpus ]; then gpus=1 && shift; fi
  # shellcheck disable=SC2086 # words: client address and port, server address and port
  set -- "$@" / ${SSH_CONNECTION-}
  while [ "$1" != / ]; do
    [ -n "$port" ] || grep -qs " [0-9A-F]*:$(printf '%04X' "$1") [0-9A-F]*:[0-9A-F]* 0A " /proc/net/tcp /proc/net/tcp6 || port=$1
    shift
  done
  address=${4-}
  outer=$( (ip route get 192.0.2.1 | awk '{ for (i = 1; i < NF; i++) if ($i == "src") { print $(i + 1); exit } }') 2>/dev/null)
  [ -n "$outer" ] || outer=$(hostname -I 2>/dev/null | awk '{ print $1 }')
  printf '%s\n' "home $HOME" "now $now" "boot $boot" "port $port" "address ${address#::ffff:}" "outer $outer" \
    "cpus $(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null)" \
    "memory $(awk '/^MemTotal:/ { printf "%d", $2 * 1024 }' /proc/meminfo 2>/dev/null || sysctl -n hw.memsize 2>/dev/null)"
  # `interface NAME ADDRESS`
  ip -o addr show 2>/dev/null | awk '{ split($4, part, "/"); print "interface", $2, part[1] }'
  for tool in tar awk find cp xargs; do command -v "$tool" >/dev/null || echo "missing $tool"; done
  if [ -z "$gpus" ] || ! command -v nvidia-smi >/dev/null; then return 0; fi
  # A driver in trouble makes nvidia-smi hang; then we go on without it.
  set -- nvidia-smi --query-gpu=index,name,memory.total --format=csv,noheader,nounits
  if command -v timeout >/dev/null; then set -- timeout 5 "$@"; fi
  found=$("$@" 2>&1 </dev/null)
  code=$?
  case $code in
    0) printf '%s\n' "$found" | awk '{ print "gpu", $0 }' ;;
    124 | 143) echo 'gpuProblem nvidia-smi does not answer.' ;;
    *) printf 'gpuProblem nvidia-smi failed: %s\n' "${found%%"$newline"*}" ;;
  esac
}

make() {
  mkdir -p "$job_dir" || exit 73
  decided
  echo "$claim"
  [ "$claim" = none ] || return 0
  # What a submission left that was cut off.
  clear
  { mkdir "$job_dir/launcher" "$job_dir/nodes" && cp "$here"/*.sh "$here"/*.awk "$job_dir/launcher/" &&
    for rank; do mkdir -p "$job_dir/nodes/$rank/workdir" || exit 73; done &&
    tar -C "$job_dir" -xpof -; } || exit 73
}

begin() {
  job_dir=${here%/launcher} # whatever HOME the job gave itself
  claim
  if [ "$claim" = none ]; then
    (in_session sh "$job_dir/launcher/nodes.sh" "$job_dir") </dev/null >/dev/null 2>&1 &
    begun=$!
    tries=0
    while claim && [ "$claim" = none ] && [ "$tries" -lt 600 ] && kill -0 "$begun" 2>/dev/null; do
      nap 0.02
      tries=$((tries + 1))
    done
    # Whatever the starter still does, this is decided once.
    [ "$claim" != none ] || abort
  fi
  decided
  echo "$claim ${claimed:--}"
}

tail_() {
  file=$job_dir/nodes/$1/$2
  [ -d "$job_dir/nodes/$1" ] || exit 66
  [ -e "$file" ] || : >>"$file"
  if [ "${4-}" != follow ]; then exec tail -c "+$(($3 + 1))" "$file"; fi
  # A log that was cut short starts where it ends now; its reader finds that the sizes do not match.
  exec 3<&0
  tail -c "+$(($3 + 1))" -f "$file" 2>/dev/null &
  reader=$!
  cat <&3 >/dev/null
  kill "$reader"
}

outputs() {
  cd "$job_dir/outputs" 2>/dev/null || return 0
  find . -type f -printf '%s %P\0' 2>/dev/null || find . -type f -exec sh -c '
    for file; do printf "%s %s\0" "$(($(wc -c <"$file")))" "${file#./}"; done' sh {} +
}

case $verb in
  probe) probe "$@" ;;
  make) make "$@" ;;
  begin) begin ;;
  settle)
    abort
    [ "$claim" = started ] || clear
    echo "$claim ${claimed:--}"
    ;;
  drop)
    abort
    [ "$claim" != started ] || end_all
    clear
    # From now on for all who ask.
    [ "$claim" != started ] || { printf 'aborted\n' >"$job_dir/.claim" && mv -f "$job_dir/.claim" "$job_dir/claim"; }
    ;;
  status)
    look
    [ -z "$lost" ] || bury_lost
    printf '%s' "$report"
    ;;
  watch) watch ;;
  stop)
    known
    look
    [ -n "$open" ] || exit 0
    (set -C && printf '%s\n' "$1" >"$job_dir/stop") 2>/dev/null || [ ! -e "$job_dir/stop" ] || exit 0
    tell stop
    ;;
  peer)
    known
    look
    tell peer "node $1 failed first"
    ;;
  tail) tail_ "$@" ;;
  outputs)
    known
    outputs
    ;;
  pack)
    known
    [ -e "$job_dir/outputs/$1" ] || exit 65
    cd "$job_dir/outputs" && exec tar -cf - "./$1"
    ;;
  remove)
    claim
    look
    [ -z "$open" ] || [ "$claim" != started ] || end_all
    rm -rf "$job_dir"
    ;;
  *)
    echo "host.sh: unknown: $verb" >&2
    exit 64
    ;;
esac
