# shellcheck shell=sh
# Arming and disarming. Read by watchdog.sh for these two verbs. What keeps the loop running with everybody logged out: a service of
# the user's own systemd where it may linger, else cron (a line that looks every five minutes whether the loop runs, which is also how it
# comes back after a restart of the machine), else nothing but the loop itself.

mark='# trainyard-watchdog'
unit=trainyard-watchdog.service
unit_file=$HOME/.config/systemd/user/$unit

# arm: `here` is a draft folder with these scripts, a config, and the user's stop command if there is one. Done again, it replaces what was
# there; done by two at once, they take turns and the last stays. Prints the status.
arm() {
  draft=$here target=${here%/*}/watchdog
  clock || fail 'This system has no /proc/uptime, which the watchdog needs.'
  mkdir -p "$target" || fail "There is no room or no right to make this folder: $target"
  take_turn
  here=$target
  find_places
  linger=''
  read_config || true
  was_linger=$linger
  stop_starters
  machine_id
  {
    cat "$draft/config" && printf 'MACHINE=%s\nARMED_BOOT=%s\nARMED_UPTIME=%s\n' "$machine" "$boot" "$uptime"
  } >"$draft/config.new" || fail 'There is no room for the settings of the watchdog.'
  mv -f "$draft/config.new" "$draft/config"
  [ -f "$draft/stop" ] || rm -f "$target/stop"
  for file in "$draft"/*; do mv -f "$file" "$target/" || fail "There is no room or no right to write here: $target"; done
  rmdir "$draft"
  for place in "$shm" "$disk"; do rm -f "$place/state"; done
  linger=$was_linger
  if by_systemd; then starter=systemd; elif by_cron; then starter=cron; else starter=loop; fi
  printf 'STARTER=%s\nLINGER=%s\n' "$starter" "$linger" >>"$target/config" || fail 'There is no room for the settings of the watchdog.'
  read_config
  journal "armed: idle limit $idle_limit s, longest life $max s, kept running by $starter"
  if [ "$starter" = systemd ]; then systemctl --user restart "$unit"; else sh "$target/watchdog.sh" start; fi
  waits=100
  while ! saved state && [ "$waits" -gt 0 ]; do
    nap 0.1
    waits=$((waits - 1))
  done
  rm -f "$target/turn"
  saved state || fail 'The watchdog was installed, but does not run.'
  status
}

# disarm: takes all of it away, and says what could not be. True when nothing is left.
disarm() {
  read_config || true
  load
  stop_starters
  if [ "$linger" = ours ]; then loginctl --no-ask-password disable-linger "$(id -un)" 2>/dev/null; fi
  # An nvidia-smi that hangs.
  if [ -n "$s_gpu_pid" ] && alive "$s_gpu_pid" "$s_gpu_started"; then signal KILL "-$s_gpu_pid" || signal KILL "$s_gpu_pid"; fi
  rm -rf "$shm"
  case $here in */.trainyard/watchdog) rm -rf "$here" && rmdir "${here%/*}" 2>/dev/null ;; esac
  left_behind=''
  for trace in "$shm" "$here" "$unit_file"; do [ ! -e "$trace" ] || left_behind="$left_behind $trace"; done
  if crontab -l 2>/dev/null | grep -q "$mark\$"; then left_behind="$left_behind crontab"; fi
  if alive "$stopped_loop" "$stopped_loop_started"; then left_behind="$left_behind process-$stopped_loop"; fi
  [ -z "$left_behind" ] || fail "This could not be removed:$left_behind"
  echo '{"v":1,"armed":false}'
}

fail() {
  echo "$1" >&2
  if [ -n "${turn-}" ]; then rm -f "$turn"; fi
  exit 1
}

# take_turn: the file says who arms now; of one that died it is taken away.
take_turn() {
  start_time $$
  waits=200
  while ! (set -C && echo "$$ $start_time" >"$target/turn") 2>/dev/null; do
    other='' other_started=''
    { read -r other other_started <"$target/turn"; } 2>/dev/null || true
    own_start=$start_time
    alive "$other" "$other_started" || rm -f "$target/turn"
    start_time=$own_start waits=$((waits - 1))
    [ "$waits" -gt 0 ] || fail 'Another window arms this machine now, or there is no room on its disk.'
    nap 0.1
  done
  turn=$target/turn
}

# stop_starters: the loop, and whatever would start it again.
stop_starters() {
  if [ -e "$unit_file" ]; then
    user_systemd
    systemctl --user disable --now "$unit" 2>/dev/null
    rm -f "$unit_file" "$HOME/.config/systemd/user/default.target.wants/$unit"
    systemctl --user daemon-reload 2>/dev/null
  fi
  no_cron
  running
  stopped_loop=$loop stopped_loop_started=$loop_started
  [ -n "$loop" ] || return 0
  signal TERM "$loop"
  waits=50
  while alive "$stopped_loop" "$stopped_loop_started" && [ "$waits" -gt 0 ]; do
    nap 0.1
    waits=$((waits - 1))
    [ "$waits" -ne 20 ] || signal KILL "-$stopped_loop" || signal KILL "$stopped_loop"
  done
}

user_systemd() {
  XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
  export XDG_RUNTIME_DIR
}

# by_systemd: a service of the user, which must live on when they log out.
by_systemd() {
  command -v systemctl >/dev/null && command -v loginctl >/dev/null || return 1
  user_systemd
  systemctl --user show-environment >/dev/null 2>&1 || return 1
  user=$(id -un)
  if [ "$(loginctl show-user "$user" -p Linger 2>/dev/null)" != Linger=yes ]; then
    loginctl --no-ask-password enable-linger "$user" 2>/dev/null
    [ "$(loginctl show-user "$user" -p Linger 2>/dev/null)" = Linger=yes ] || return 1
    linger=ours
  fi
  mkdir -p "${unit_file%/*}"
  cat >"$unit_file" <<END || return 1
[Unit]
Description=Trainyard watchdog: stops this machine when nobody uses it
[Service]
ExecStart=/bin/sh %h/.trainyard/watchdog/watchdog.sh loop
Restart=on-failure
RestartSec=10
[Install]
WantedBy=default.target
END
  systemctl --user daemon-reload && systemctl --user enable "$unit" 2>/dev/null && return 0
  rm -f "$unit_file"
  return 1
}

# by_cron: one line, beside whatever the user has there.
by_cron() {
  # In a container crontab is often there, and nothing that reads it.
  grep -qx -e cron -e crond -e fcron "$root"/proc/[0-9]*/comm 2>/dev/null || return 1
  case $target in *[!A-Za-z0-9/._@+-]*) return 1 ;; esac
  cron_table || return 1
  printf '*/5 * * * * sh %s/watchdog.sh start %s\n' "$target" "$mark" >>"$table" && crontab "$table" 2>/dev/null
  result=$?
  rm -f "$table"
  return "$result"
}

# no_cron: takes our line out. A table that held nothing else is removed.
no_cron() {
  command -v crontab >/dev/null && crontab -l 2>/dev/null | grep -q "$mark\$" && cron_table || return 0
  if [ -s "$table" ]; then crontab "$table"; else crontab -r; fi 2>/dev/null
  rm -f "$table"
}

# cron_table -> $table, a file with the user's lines, without ours. False where it can't be read for sure: then it must not be written.
cron_table() {
  table=$shm/crontab
  if ! crontab -l >"$table" 2>"$table.why"; then
    grep -qi -e 'no crontab' -e 'no such file' "$table.why" || { rm -f "$table" "$table.why" && return 1; }
    : >"$table"
  fi
  rm -f "$table.why"
  # grep: 1 is "nothing is left".
  grep -v "$mark\$" "$table" >"$table.new" || [ $? -eq 1 ] || { rm -f "$table" "$table.new" && return 1; }
  mv -f "$table.new" "$table"
}
