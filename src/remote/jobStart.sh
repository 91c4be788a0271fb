# shellcheck shell=sh
# How a job comes to be on this machine. Read by host.sh, which sets $root, $here and $job_dir; needs jobClaim.sh and jobEnd.sh.

# make RANK...: the folder of a new job; stdin: a tar of its scripts.
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
  leftovers >/dev/null 2>&1
}

# leftovers: other jobs that never will be, and whose computer does not come back to them. One that was made and not started is given up after
# a week; the word that one was given up goes after a day, when nothing that could start it is on its way any more.
leftovers() {
  find "$root/jobs" -mindepth 1 -maxdepth 1 -type d -mmin +1440 | while IFS= read -r job_dir; do
    claim
    case $claim in
      started) ;;
      none)
        [ -n "$(find "$job_dir" -prune -mmin +10080)" ] || continue
        abort
        [ "$claim" = started ] || clear
        ;;
      *)
        clear
        rm -f "$job_dir/claim"
        rmdir "$job_dir"
        ;;
    esac
  done
}

# begin: of the job's own copy of the scripts, in the job's environment.
begin() {
  job_dir=${here%/launcher} # whatever HOME the job gave itself
  claim
  if [ "$claim" = none ]; then
    (
      set -- sh "$job_dir/launcher/nodes.sh" "$job_dir"
      give_back
      in_session "$@"
    ) </dev/null >/dev/null 2>&1 &
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
