# shellcheck shell=sh
# What goes on being told until whoever asked is gone. Read by host.sh, which sets $job_dir; needs jobReport.sh.

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
