#!/bin/sh
# Which TCP ports somebody listens on here, for `Forward Port...`: lines `port PORT ADDRESS PID` (0: not ours to know), then
# lines `process PID COMMAND LINE` of the programs that are named. Reads only; takes nothing; needs no root.
LC_ALL=C
export LC_ALL

listening() {
  if command -v ss >/dev/null 2>&1; then
    ss -Hltnp 2>/dev/null | awk '
      { at = $4; port = at; sub(/.*:/, "", port); sub(/:[^:]*$/, "", at)
        pid = 0
        if (match($0, /pid=[0-9]+/)) pid = substr($0, RSTART + 4, RLENGTH - 4)
        if (port ~ /^[0-9]+$/) print "port", port, at, pid }'
    return
  fi
  # The kernel writes addresses in hexadecimal; 0A is LISTEN. The last field but some is the socket that a process holds.
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '
    function number(text,   value, i) {
      for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789ABCDEF", toupper(substr(text, i, 1))) - 1
      return value + 0
    }
    $4 == "0A" {
      split($2, at, ":")
      address = at[1] == "0100007F" || at[1] ~ /^0+1000000$/ ? "127.0.0.1" : at[1] ~ /^0+$/ ? "*" : "?"
      print "port", number(at[2]), address, 0
    }'
}

lines=$(listening)
printf '%s\n' "$lines"
for pid in $(printf '%s\n' "$lines" | awk '$4 > 0 { print $4 }' | sort -un); do
  words=$(tr '\0\n' '  ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-300)
  [ -n "$words" ] && printf 'process %s %s\n' "$pid" "$words"
done
exit 0
