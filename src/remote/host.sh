#!/bin/sh
# What the editor asks of a machine that runs nodes of a job over SSH. All is in ~/.trainyard; JOB is the name of a folder in its `jobs`.
# POSIX sh; stands beside the launcher, whose files it reads.
#
#   sh host.sh probe [gpus] [PORT...]  what the machine is, a line each: `name value`. With `gpus` nvidia-smi is asked. `port`: the first on which nobody listens
#   sh host.sh make JOB RANK...        a new job's folder with the launcher; stdin: a tar of its scripts. Prints the claim, `none` where it may be started
#   sh host.sh begin JOB               starts it, with this environment, and prints its claim. Of the job's own copy
#   sh host.sh settle JOB              gives the job up unless it was started, and prints the claim that holds from now on
#   sh host.sh drop JOB                the same, and ends the job where it was started. Only the word that it never will be is left
#   sh host.sh status JOB              how it is: see `look` in jobReport.sh
#   sh host.sh watch JOB               the same, now and after each change, until its nodes have ended or stdin ends; a `.` shows that it still looks
#   sh host.sh stop JOB REASON         asks its launchers to stop
#   sh host.sh peer JOB RANK           the same, because that node, on another machine, failed
#   sh host.sh tail JOB RANK log|telemetry OFFSET [follow]  the bytes from there on; with `follow` those that come, too, until stdin ends
#   sh host.sh outputs JOB             `<bytes> <path>` and a NUL for each file, paths from the folder `outputs`
#   sh host.sh pack JOB OUTPUT         a tar of it
#   sh host.sh remove JOB              deletes an ended job's folder
#
# Exit status: 0; 64 wrong arguments; 65 no such output; 66 no such job; 73 the folder can't be written, why on stderr.

# shellcheck source=given.sh
case $0 in */*) . "${0%/*}/given.sh" ;; *) . ./given.sh ;; esac
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
# shellcheck source=processes.sh
. "$here/processes.sh"
# shellcheck source=records.sh
. "$here/records.sh"
# shellcheck source=jobClaim.sh
. "$here/jobClaim.sh"
# shellcheck source=jobReport.sh
. "$here/jobReport.sh"
# shellcheck source=jobEnd.sh
. "$here/jobEnd.sh"
# shellcheck source=jobFollow.sh
. "$here/jobFollow.sh"
# shellcheck source=jobStart.sh
. "$here/jobStart.sh"
# shellcheck source=hostProbe.sh
. "$here/hostProbe.sh"

umask 077
verb=${1-}
[ $# -eq 0 ] || shift
root=$HOME/.trainyard
if [ "$verb" != probe ]; then
  case ${1-} in '' | .* | */*) echo 'host.sh: which job?' >&2 && exit 64 ;; esac
  job_dir=$root/jobs/$1
  shift
fi

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
