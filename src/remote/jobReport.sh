# shellcheck shell=sh
# How a job is on this machine. Read by host.sh, which sets $job_dir; needs processes.sh, records.sh and jobClaim.sh.

# launcher RANK -> $launcher, its pid, or empty when it does not live (any more).
launcher() {
  launcher='' started=''
  { read -r launcher started <"$job_dir/nodes/$1/pid"; } 2>/dev/null || true
  alive "$launcher" "$started" || launcher=''
}

# look -> $report, $open (nodes that have not ended) and $lost (those of them without a launcher). Lines:
#   claim <started|aborted|unfinished|none> <unix ms>
#   stop                                    where it was asked to
#   node <rank> <launched|-> <phase|->      for each that has not ended; between two phases, where somebody watches, the one before
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
      case $phase in
        setup | run | collect) eval "phase_$rank=\$phase" ;;
        *) eval "phase=\${phase_$rank:--}" ;; # between two, or it is just being written
      esac
      report="${report}node $rank $launched $phase$newline"
    fi
  done
}

size() { if [ -f "$1" ]; then echo $(($(wc -c <"$1"))); else echo 0; fi; }

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
