#!/bin/sh
# The entry point of a SageMaker training container: lays out what the job brings along, starts the launcher for this node, and sends its log and
# telemetry to stdout. POSIX sh (dash, bash, busybox); needs awk and tar, and base64 or od. Asks nothing of any network.
#
# In, below TRAINYARD_ML (default /opt/ml):
#   input/config/resourceconfig.json    hosts and the name of this one; a host's place among them by its number is its rank
#   input/data/trainyard/job.tar        launcher/ (src/remote), setup.sh, run.sh, environment (lines export NAME='value': the launcher's), uploads
#   input/data/trainyard/given.sh       beside this script
#   input/data/trainyard/secrets        lines export NAME='value', where the job has some
#   input/data/code/...                 packs, gzipped tar: removed (paths ./a/b, a NUL after each, that go first) and files/ (what is put there)
# uploads: for each thing a line `folder COUNT DESTINATION` or `file COUNT DESTINATION` (to its end; empty: the workdir; else from the workdir on,
# absolute, or from ~/), then COUNT lines, packs in the order in which they are unpacked. A file is in files/file.
# In, by environment besides the launcher's (launch.sh):
#   TRAINYARD_CHANNELS      lines channel=path: path becomes a link to that channel's folder
#   TRAINYARD_FILE_CHANNELS lines channel=path: path becomes a link to the one file in that channel's folder
#   TRAINYARD_CHECKPOINTS   path that becomes a link to TRAINYARD_ML/checkpoints, which SageMaker copies to S3 and back
#   TRAINYARD_ROOT          where the container's own files are (default: its root)
# Out: model/ (the outputs, those of ranks above 0 in node-<rank>), output/data/trainyard-outputs-<rank> (their list), output/failure where the job failed, and stdout (forward.sh).
# SIGTERM, which SageMaker sends 120 s before SIGKILL, stops the job. Exit status: that of the launcher; 70 where it could not be started.

# shellcheck source=given.sh
case $0 in */*) . "${0%/*}/given.sh" ;; *) . ./given.sh ;; esac
ml=${TRAINYARD_ML:-/opt/ml}
input=$ml/input/data/trainyard
# /tmp is on the disk whose size the job asked for.
job_dir=${TRAINYARD_ML:-/tmp}/trainyard
here=$job_dir/launcher
newline='
'
rank=0 nodes=1 launched='' asked='' laid_out='' forwarder=''

trap 'stopped SIGTERM' TERM
trap 'stopped SIGINT' INT
# stopped SIGNAL: nodes.sh ends the job; before it runs there is nothing to end.
# shellcheck disable=SC2317 # called by a trap
stopped() {
  asked=$1
  [ -z "$launched" ] || kill -TERM "$launched" 2>/dev/null
}

# give_up REASON: before the launcher could say how it ended.
give_up() {
  reason=$1 kind=lost code=70
  [ -z "$asked" ] || { reason="stopped by $asked" kind=stopped code=143; }
  if [ -z "$laid_out" ]; then
    # Without forward.sh: what a line of a log can carry, and nothing of ours behind it.
    printf '%s\n' "trainyard: $reason"
  else
    printf '%s\n' "trainyard: $reason" >>"$node_dir/log"
    json "$reason"
    write_exit "\"kind\":\"exit\",\"code\":$code,\"signal\":null,\"reason\":\"$json\",\"phaseAt\":\"setup\",\"reasonKind\":\"$kind\""
    end_forwarding
  fi
  printf 'node %s: %s\n' "$rank" "$reason" >"$ml/output/failure"
  exit "$code"
}

end_forwarding() {
  : >"$node_dir/over"
  wait_for "$forwarder"
}

# wait_for PID -> $status, however many signals come meanwhile.
wait_for() {
  wait "$1"
  status=$?
  while kill -0 "$1" 2>/dev/null; do
    wait "$1"
    status=$?
  done
}

# where DESTINATION -> $to
where() {
  case $1 in
    /*) to=$1 ;;
    \~) to=${HOME:-/root} ;;
    \~/*) to=${HOME:-/root}${1#?} ;;
    *) to=$workdir/$1 ;;
  esac
}

# add_compat: CUDA that is newer than the machine's driver needs libraries of the image, which its own entry point, in whose place this one is,
# would add: https://docs.aws.amazon.com/sagemaker/latest/dg/inference-gpu-drivers.html
add_compat() {
  compat=${TRAINYARD_ROOT-}/usr/local/cuda/compat
  library=$(readlink "$compat/libcuda.so.1" 2>/dev/null) || return 0
  awk -v newest="${library##*libcuda.so.}" '
    /^NVRM/ {
      for (i = 1; i <= NF && $i !~ /^[0-9]+[.][0-9.]+$/; i++);
      split($i, driver, "."); split(newest, wanted, ".")
      for (k = 1; k < 3 && driver[k] + 0 == wanted[k] + 0; k++);
      older = i <= NF && driver[k] + 0 < wanted[k] + 0
      exit
    }
    END { exit !older }' "${TRAINYARD_ROOT-}/proc/driver/nvidia/version" 2>/dev/null || return 0
  export LD_LIBRARY_PATH="$compat${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
}

# unpack PACK: into $to. What it takes away goes first: what is put there may be of another kind.
unpack() {
  pack=$ml/input/data/code/$1
  rm -rf "$job_dir/pack"
  mkdir -p "$job_dir/pack"
  why=$( (gzip -dc <"$pack" | tar -C "$job_dir/pack" -xpof -) 2>&1) || give_up "the pack $1 can't be unpacked: ${why%%"$newline"*}"
  if [ -s "$job_dir/pack/removed" ]; then
    why=$(cd "$to" && xargs -0 rm -rf -- <"$job_dir/pack/removed" 2>&1) || give_up "$1 can't be put in place: ${why%%"$newline"*}"
  fi
  [ -d "$job_dir/pack/files" ] || return 0
  # Moved where all of it is new, which costs nothing.
  if [ "$workdir_new" = "$to" ] && rmdir "$to" 2>/dev/null; then
    mv "$job_dir/pack/files" "${to%/}" || give_up "$1 can't be put in place"
  else
    # A tar writes through no link that another one made, and over what is there.
    why=$( (cd "$job_dir/pack/files" && tar -cf - .) | tar -C "$to" -xpof - 2>&1) || give_up "$1 can't be put in place: ${why%%"$newline"*}"
  fi
}

# lay_out: what `uploads` says.
lay_out() {
  while IFS= read -r line; do
    what=${line%% *} rest=${line#* }
    count=${rest%% *}
    case $count in '' | *[!0-9]*) give_up "the job's list of files can't be read: $line" ;; esac
    where "${rest#* }"
    final=$to
    [ "$what" != file ] || to=$job_dir/file
    mkdir -p "$to" || give_up "there can be no folder: $to"
    while [ "$count" -gt 0 ] && IFS= read -r pack_name; do
      unpack "$pack_name"
      [ -z "$asked" ] || give_up ''
      count=$((count - 1)) workdir_new=''
    done
    if [ "$what" = file ]; then
      mkdir -p "${final%/*}" || give_up "there can be no folder: ${final%/*}"
      mv -f "$to/file" "$final" || give_up "a file can't be put in place: $final"
      rm -rf "$to"
    fi
  done <"$job_dir/uploads"
  rm -rf "$job_dir/pack"
}

# link TARGET PATH: PATH, from the workdir on, becomes a link.
link() {
  where "$2"
  to=${to%/}
  mkdir -p "$1" "${to%/*}" || give_up "there can be no folder: ${to%/*}"
  if [ -d "$to" ] && [ ! -L "$to" ]; then
    # What the workdir brought is kept where nothing came from an earlier start.
    [ -n "$(ls -A "$1")" ] || cp -RPp "$to/." "$1"
    rm -rf "$to"
  fi
  ln -sfn "$1" "$to" || give_up "there can be no link: $to"
}

# link_file FOLDER PATH: PATH, from the workdir on, becomes a link to the one file in FOLDER.
link_file() {
  where "$2"
  to=${to%/}
  for file in "$1"/* "$1"/.[!.]*; do [ ! -f "$file" ] || break; done
  [ -f "$file" ] || give_up "SageMaker brought no file for $2"
  mkdir -p "${to%/*}" || give_up "there can be no folder: ${to%/*}"
  if [ -d "$to" ] && [ ! -L "$to" ]; then give_up "there is a folder where a file is to be: $to"; fi
  ln -sfn "$file" "$to" || give_up "there can be no link: $to"
}

# list_outputs: `<bytes> <path>` and a NUL for each file in model/. SageMaker makes one archive of that, however large, and another one of the folder
# of this list: to know what a job left, nobody has to read the large one.
list_outputs() {
  [ -n "$(ls -A "$ml/model")" ] || return 0
  (
    mkdir -p "$ml/output/data" && cd "$ml/model" && exec >"$ml/output/data/trainyard-outputs-$rank" || exit
    find . -type f -printf '%s %P\0' || find . -type f -exec sh -c '
      for file; do printf "%s %s\0" "$(($(wc -c <"$file")))" "${file#./}"; done' sh {} +
  ) 2>/dev/null
}

# addresses -> $ips: of all hosts, one a line; they may take a while to be known. A name where none is found.
addresses() {
  ips=''
  for host in $hosts; do
    ip='' tries=0
    while [ "$tries" -lt 60 ] && [ -z "$asked" ]; do
      ip=$(getent hosts "$host" 2>/dev/null || awk -v host="$host" '!/^#/ { for (i = 2; i <= NF; i++) if ($i == host) { print $1; exit } }' /etc/hosts)
      ip=${ip%%[!0-9a-fA-F.:]*}
      [ -z "$ip" ] || break
      command -v getent >/dev/null || break
      tries=$((tries + 1))
      sleep 1
    done
    ips=$ips${ips:+$newline}${ip:-$host}
  done
}

mkdir -p "$job_dir" "$ml/model" "$ml/output" || give_up "there can be no folder: $job_dir"
why=$(tar -C "$job_dir" -xf "$input/job.tar" 2>&1) || give_up "job.tar can't be unpacked, which takes a tar in the image: ${why%%"$newline"*}"
# shellcheck source=records.sh
. "$here/records.sh"

hosts='' current='' interface=''
while read -r key value; do
  case $key in
    current) current=$value ;;
    interface) interface=$value ;;
    host) hosts="$hosts $value" ;;
  esac
done <<END
$(awk -f "$here/resources.awk" "$ml/input/config/resourceconfig.json")
END
# shellcheck disable=SC2086 # words
set -- $hosts
[ $# -eq 0 ] || nodes=$#
for host; do
  [ "$host" != "$current" ] || break
  rank=$((rank + 1))
done
[ "$rank" -lt "$nodes" ] || rank=0

node_dir=$job_dir/nodes/$rank
workdir=$node_dir/workdir workdir_new=$workdir/
# shellcheck disable=SC2034 # for records.sh
telemetry=$node_dir/telemetry
mkdir -p "$workdir"
sh "$here/forward.sh" "$node_dir" "$rank" &
forwarder=$!
laid_out=1

# shellcheck source=/dev/null
[ ! -e "$job_dir/environment" ] || . "$job_dir/environment"
lay_out
while IFS='=' read -r channel path; do
  [ -z "$channel" ] || link "$ml/input/data/$channel" "$path"
done <<END
${TRAINYARD_CHANNELS-}
END
while IFS='=' read -r channel path; do
  [ -z "$channel" ] || link_file "$ml/input/data/$channel" "$path"
done <<END
${TRAINYARD_FILE_CHANNELS-}
END
if [ -n "${TRAINYARD_CHECKPOINTS-}" ]; then
  link "$ml/checkpoints" "$TRAINYARD_CHECKPOINTS"
  export TRAINYARD_CHECKPOINTS_DIR="$ml/checkpoints" TRAINYARD_CHECKPOINTS_LINK="$to"
fi
add_compat
unset TRAINYARD_CHANNELS TRAINYARD_FILE_CHANNELS TRAINYARD_CHECKPOINTS TRAINYARD_ROOT
if [ -z "${TRAINYARD_NODE_IPS-}" ] && [ "$nodes" -gt 1 ]; then
  addresses
  export TRAINYARD_NODE_IPS="$ips"
fi
if [ -n "$interface" ] && [ -e "/sys/class/net/$interface" ]; then export NCCL_SOCKET_IFNAME="${NCCL_SOCKET_IFNAME:-$interface}"; fi
# SIGKILL comes 120 s after SIGTERM, and the outputs have to be copied by then.
case ${TRAINYARD_GRACE_SECONDS-} in [0-9] | [0-5][0-9]) ;; ?*) TRAINYARD_GRACE_SECONDS=60 ;; *) TRAINYARD_GRACE_SECONDS=30 ;; esac
export TRAINYARD_GRACE_SECONDS
export TRAINYARD_NUM_NODES="$nodes" TRAINYARD_FIRST_RANK="$rank" TRAINYARD_HOST_NODES=1 TRAINYARD_OUTPUTS_DIR="$ml/model"
[ -z "$asked" ] || give_up ''

(
  set -- "$here/nodes.sh" "$job_dir" "$input/secrets"
  give_back
  # shellcheck source=/dev/null
  [ ! -e "$3" ] || . "$3"
  exec sh "$1" "$2"
) </dev/null >/dev/null 2>&1 &
launched=$!
[ -z "$asked" ] || kill -TERM "$launched" # asked before `launched` was known
wait_for "$launched"
code=$status
# As where SIGTERM came before it could listen.
[ -e "$node_dir/exit" ] || give_up "the launcher failed with code $code"
list_outputs
end_forwarding
if [ "$code" -ne 0 ]; then
  # Of the launcher's own making; its text is JSON's, which people can read.
  reason=$(sed -n 's/.*"reason":"\(.*\)","phaseAt".*/\1/p' "$node_dir/exit")
  {
    printf 'node %s: %s\n' "$rank" "${reason:-the launcher failed with code $code}"
    (tail -n 15 "$node_dir/log" | tail -c 800) # in a shell without traps, as in `count_gpus`
  } >"$ml/output/failure"
fi
exit "$code"
