# One channel's bytes as lines that a text log carries unchanged (forward.sh says which). In: `channel` (log or telemetry), `node`, and a file
# without NUL bytes that has one more byte, `$`, at its end. Out: the lines; `rest`, a file, gets what comes after the last newline.
# Exit status 9, and nothing printed: a line is too long for this program, or it can't tell where one ends.
# With `numbers` set, stdin is what `od -An -v -tu1` prints, and all of it comes out as records. LC_ALL=C; mawk, gawk, busybox.

# longest: bytes of a line that goes out. Log drivers cut lines at 16 KiB and at 8 KiB.
BEGIN {
  longest = 8000; most = 5700; tooLong = 65536
  digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  for (i = 0; i < 64; i++) digit[i] = substr(digits, i + 1, 1)
  for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i
  # UTF-8 without the second block of control characters.
  tail = "[\200-\277]"
  text = "^([ -~]|\302[\240-\277]|[\303-\337]" tail "|\340[\240-\277]" tail "|[\341-\354\356\357]" tail tail "|\355[\200-\237]" tail \
    "|\360[\220-\277]" tail tail "|[\361-\363]" tail tail tail "|\364[\200-\217]" tail tail ")*$"
  # Not every awk can tell bytes apart.
  able = ("\303\251 \342\202\254 \360\237\230\200" ~ text) && ("\303" !~ text) && ("\251" !~ text) && ("\355\240\200" !~ text)
}

numbers {
  for (i = 1; i <= NF; i++) {
    byte[n++] = $i
    if (n == most) record()
  }
  next
}

{
  if (length($0) > tooLong) { failed = 1; exit }
  lines[NR] = $0
}

END {
  if (numbers) { record(); exit }
  last = lines[NR]
  if (failed || substr(last, length(last)) != "$") exit 9
  for (i = 1; i < NR; i++) {
    if (plain(lines[i])) {
      if (odd != "") encode()
      print lines[i]
    } else {
      odd = odd lines[i] "\n"
      if (length(odd) > 1024) encode()
    }
  }
  if (odd != "") encode()
  printf "%s", substr(last, 1, length(last) - 1) > rest
}

# plain(LINE): whether it can go out as it is. Not with control characters, which a log daemon may spell out, nor with a space at the end.
function plain(line) {
  if (length(line) > longest) return 0
  if (channel == "telemetry") return line ~ /^##trainyard \{[ -~]*\}$/
  if (line ~ /^##trainyard /) return 0
  if (line ~ /^[ -~]*[!-~]$/) return 1
  return able && line ~ /[\200-\377]/ && line !~ / $/ && line ~ text
}

# encode(): `odd` as records.
function encode(size, k) {
  size = length(odd)
  for (k = 1; k <= size; k++) {
    byte[n++] = code[substr(odd, k, 1)]
    if (n == most) record()
  }
  record()
  odd = ""
}

# record(): the n bytes in `byte`, a number each.
function record(k, a, b, c, out, part) {
  if (n == 0) return
  for (k = 0; k < n; k += 3) {
    a = byte[k]; b = k + 1 < n ? byte[k + 1] : 0; c = k + 2 < n ? byte[k + 2] : 0
    part = part digit[int(a / 4)] digit[a % 4 * 16 + int(b / 16)] (k + 1 < n ? digit[b % 16 * 4 + int(c / 64)] : "=") \
      (k + 2 < n ? digit[c % 64] : "=")
    if (length(part) > 200) { out = out part; part = "" }
  }
  printf "##trainyard {\"kind\":\"bytes\",\"channel\":\"%s\",\"node\":%d,\"b64\":\"%s\"}\n", channel, node, out part
  n = 0
}
