#!/bin/sh
# Sends a node's log and telemetry to stdout, where that is all a platform keeps of a container, so that every byte of either can be had back
# from a log of text lines. POSIX sh (dash, bash, busybox); needs forward.awk beside it.
#
#   sh forward.sh NODE_DIR RANK     from the beginning of NODE_DIR/log and NODE_DIR/telemetry until there is NODE_DIR/over
#
# Out, lines of printable UTF-8 of at most 8,000 bytes:
# - a line of the log that is text, or a record of the telemetry, as it is
# - ##trainyard {"kind":"bytes","channel":"log","node":0,"b64":"..."}   bytes that no such line can carry: those of a line with control characters,
#   with a space at its end, empty, too long, or that begins as telemetry does, newline included; and of a line that has no end yet
# - ##trainyard {"kind":"sent","node":0,"log":N,"telemetry":N}   after each batch, and first of all: bytes of each channel so far. Whoever
#   reads it sees whether anything is missing. The last one has "end":true
#
# It follows the files by itself, so that the job never waits for whoever reads this.

node_dir=$1 rank=$2
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
LC_ALL=C
export LC_ALL
trap '' TERM INT HUP # it ends after the job
batch=1048576 # bytes

# A full disk must not stop it.
work=/dev/shm/trainyard-forward-$$
mkdir -m 700 "$work" 2>/dev/null && { printf x >"$work/x"; } 2>/dev/null || work=$node_dir/.forward
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
: >>"$node_dir/log"
: >>"$node_dir/telemetry"
exec 3<"$node_dir/log" 4<"$node_dir/telemetry"

log_sent=0 telemetry_sent=0
sent() { printf '##trainyard {"kind":"sent","node":%s,"log":%s,"telemetry":%s%s}\n' "$rank" "$log_sent" "$telemetry_sent" "${1-}"; }

# size FILE -> $size
size() { size=$(($(wc -c <"$1"))); }

# raw FILE CHANNEL: all of it as records.
raw() {
  if command -v base64 >/dev/null; then
    base64 <"$1" | awk -v channel="$2" -v node="$rank" '
      function out() {
        if (text != "") printf "##trainyard {\"kind\":\"bytes\",\"channel\":\"%s\",\"node\":%d,\"b64\":\"%s\"}\n", channel, node, text
        text = ""
      }
      { text = text $0; if (NR % 100 == 0) out() }
      END { out() }'
  else
    od -An -v -tu1 <"$1" | awk -v numbers=1 -v channel="$2" -v node="$rank" -f "$here/forward.awk"
  fi
}

# take CHANNEL KEPT: what the channel's file got, a batch at most -> $gone, how many bytes went out, and $kept, how many wait for the end of their
# line. KEPT bytes wait already.
take() {
  file=$work/$1 gone=0 kept=$2
  size "$file"
  [ "$size" -gt 0 ] || return 0
  whole=$size
  if [ "$whole" -gt "$2" ] && [ "$(($(tr -dc '\000' <"$file" | wc -c)))" -eq 0 ]; then
    if { cat "$file" && printf '$'; } | awk -v channel="$1" -v node="$rank" -v rest="$work/rest" -f "$here/forward.awk"; then
      size "$work/rest"
      # What came has no end for the second time: a prompt or a progress bar.
      if [ "$2" -eq 0 ] || [ "$size" -lt "$whole" ]; then
        mv -f "$work/rest" "$file"
        kept=$size gone=$((whole - size))
        return 0
      fi
    fi
  fi
  raw "$file" "$1"
  : >"$file"
  gone=$whole kept=0
}

: >"$work/log"
: >"$work/telemetry"
log_kept=0 telemetry_kept=0 quick=50
sent
while :; do
  # First of all: what was written before that is there to be read then.
  over=''
  [ ! -e "$node_dir/over" ] || over=1
  # One read: `dd` takes nothing that it does not give, and the next one goes on after it.
  dd bs="$batch" count=1 <&3 >>"$work/log" 2>/dev/null
  dd bs="$batch" count=1 <&4 >>"$work/telemetry" 2>/dev/null
  moved=''
  if [ -s "$work/log" ]; then
    take log "$log_kept"
    log_kept=$kept log_sent=$((log_sent + gone))
    [ "$gone" -eq 0 ] || moved=$gone
  fi
  if [ -s "$work/telemetry" ]; then
    take telemetry "$telemetry_kept"
    telemetry_kept=$kept telemetry_sent=$((telemetry_sent + gone))
    [ "$gone" -eq 0 ] || moved=$((moved + gone))
  fi
  if [ -n "$moved" ]; then
    sent
  elif [ -n "$over" ] && [ $((log_kept + telemetry_kept)) -eq 0 ]; then
    sent ',"end":true'
    exit 0
  fi
  # A full batch has more behind it. Many jobs end soon, or tell at their beginning what is wrong.
  if [ -z "$over" ] && [ "${moved:-0}" -lt 500000 ]; then
    if [ "$quick" -gt 0 ]; then quick=$((quick - 1)) pause=0.2; else pause=0.5; fi
    sleep "$pause" 2>/dev/null || sleep 1
  fi
done
