# shellcheck shell=sh
# How a job ends before its time on this machine. Read by host.sh, which sets $job_dir; needs jobReport.sh.

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
