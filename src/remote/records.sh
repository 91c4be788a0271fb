# shellcheck shell=sh
# What the launcher reads (numbers) and writes (telemetry records, the exit file). Read by launch.sh and nodes.sh, which set $rank, $node_dir and $telemetry.

newline='
'
torn=''

# whole TEXT DEFAULT -> $whole: TEXT if it is a whole number. Anything else must not reach arithmetic, where bash would run it.
# shellcheck disable=SC2034 # for the caller
whole() {
  case $1 in
    '' | *[!0-9]* | 0?* | ??????????*) whole=$2 ;;
    *) whole=$1 ;;
  esac
}

# now -> $now: unix milliseconds. BSD and busybox have no %N: there, whole seconds.
now() {
  now=$(date +%s%3N)
  case $now in
    *[!0-9]*) now=${now%"${now#??????????}"}000 ;;
  esac
}

# json TEXT -> $json: TEXT as the inside of a JSON string, at most 600 bytes. TEXT may be anything: the reason in a `stop` file
# comes from outside.
json() {
  case $1 in
    *[!A-Za-z0-9\ .,:_%\(\)-]*) ;;
    *) json=$1 && return ;;
  esac
  # shellcheck disable=SC2034 # for the caller
  json=$(printf '%s' "$1" | LC_ALL=C awk '
    BEGIN { for (i = 1; i < 32; i++) code[sprintf("%c", i)] = sprintf("\\u%04x", i); code["\""] = "\\\""; code["\\"] = "\\\\"; code["\177"] = " " }
    { text = text (NR > 1 ? "\n" : "") $0 }
    END {
      # No half character at the end.
      if (length(text) > 600) { text = substr(text, 1, 600); sub(/[\300-\377]?[\200-\277]*$/, "", text) }
      for (i = 1; i <= length(text); i++) { c = substr(text, i, 1); printf "%s", (c in code) ? code[c] : c }
    }')
}

# record FIELDS -> $record, the JSON object with FIELDS (JSON, from "kind" on).
record() {
  now
  record="{\"v\":1,\"t\":$now,\"node\":$rank,$1}"
}

# emit FIELDS: one telemetry line. Always one write, so that it lands whole among the writes of others. A full disk loses the
# line and nothing else; the next begins with a newline, in case a half of it was written.
emit() {
  record "$1"
  if [ -n "$telemetry" ]; then
    if { printf '%s##trainyard %s\n' "$torn" "$record" >>"$telemetry"; } 2>/dev/null; then torn=''; else torn=$newline; fi
  else
    # The program, not the builtin: bash's writes line by line, and a closed pipe kills only this subshell.
    (exec printf '\n##trainyard %s\n' "$record") || true
  fi
}

# now_in PHASE: for those who would rather not read all of the telemetry. Whole or not at all: nobody sees the file while it is empty.
now_in() {
  [ -n "$node_dir" ] || return 0
  { printf '%s\n' "$1" >"$node_dir/.phase" && mv -f "$node_dir/.phase" "$node_dir/phase"; } 2>/dev/null || true
}

# reserve_exit: room for the exit file while there still is some.
reserve_exit() { { printf '%2000s\n' '' >"$node_dir/.exit"; } 2>/dev/null || true; }

# write_exit FIELDS: the end of a node, in the telemetry and then, as the very last thing that a node does, in its exit file.
# On a full disk the text overwrites the room reserved for it (spaces follow it then).
write_exit() {
  emit "$1"
  [ -n "$node_dir" ] && [ ! -e "$node_dir/exit" ] || return 0
  if { printf '%s\n' "$record" >"$node_dir/.exit.new"; } 2>/dev/null; then
    mv -f "$node_dir/.exit.new" "$node_dir/exit"
    rm -f "$node_dir/.exit"
  else
    rm -f "$node_dir/.exit.new"
    { printf '%s' "$record" 1<>"$node_dir/.exit"; } 2>/dev/null
    mv -f "$node_dir/.exit" "$node_dir/exit"
  fi
}
