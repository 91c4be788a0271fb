# shellcheck shell=sh
# Whether a job was started on this machine, and by whom. Read by host.sh, which sets $job_dir; needs processes.sh.
#
# The first to write JOB_DIR/claim (O_EXCL) decides it for ever: nodes.sh, which starts the job, or whoever gives it up.

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

# starts: whether the starter still runs, and not another process that got its pid.
starts() {
  if [ -z "$starter" ] || [ "$claimed_boot" != "$boot" ]; then return 1; fi
  if [ -r "/proc/$starter/cmdline" ]; then tr '\0' ' ' <"/proc/$starter/cmdline"; else ps -ww -o command= -p "$starter"; fi 2>/dev/null |
    grep -qF "nodes.sh $job_dir"
}

known() {
  claim
  [ "$claim" = started ] || exit 66
}
