# Samples the host while a job runs. See sample.sh; needs telemetry.awk and proc.awk.

function files(command, line, f, n) {
  command = "date +%s%3N; [ -z \"$log\" ] || ls -lnLd \"$log\"" (ticks % 5 == 0 ? "; df -Pk \"$workdir\"" : "")
  n = 0
  while ((command | getline line) > 0) {
    if (++n == 1) { t = stamp(line); continue }
    if (line ~ /^-/) { split(line, f, " "); logBytes = f[5] }
    # "device blocks used available 12% mount": names may hold spaces
    if (match(line, /[0-9]+ +[0-9]+%/)) { split(substr(line, RSTART), f, " "); diskFree = sprintf("%.0f", f[1] * 1024) }
  }
  close(command)
}

BEGIN {
  begin()
  while (watched()) {
    fields = "\"kind\":\"host\""; logBytes = ""
    files()
    span = before > 0 && t > before ? (t - before) / 1000 : 0
    before = t
    if (linux) proc(); else darwin()
    add("diskFree", diskFree); add("logBytes", logBytes)
    emit(fields)
    ticks++
    if (system("exec sleep " every " >/dev/null") != 0) exit 1
  }
}
