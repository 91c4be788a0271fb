# What host.awk and gpu.awk share. sample.sh sets `torn` and, in the environment, telemetry, rank, every and launcher.

# emit(FIELDS): one record, as one string in one write, for awk hands a flush to the system as a whole. `t` is its time.
function emit(fields, record) {
  record = "##trainyard {\"v\":1,\"t\":" t ",\"node\":" rank "," fields "}\n"
  if (telemetry != "") {
    printf "%s", torn record >> telemetry
    fflush(telemetry)
  } else {
    printf "%s", "\n" record
    fflush()
  }
  torn = ""
}

# watched(): whether the launcher lives; a zombie does not.
function watched(line, file, known) {
  file = "/proc/" launcher "/stat"
  if (linux) { known = (getline line < file) > 0; close(file); return known && line !~ /\) [ZX] / }
  return system("kill -0 " launcher " 2>/dev/null") == 0
}

# stamp(TEXT of date): unix milliseconds as text. BSD and busybox have no %N: whole seconds there.
function stamp(text) { return text ~ /^[0-9]+$/ && length(text) == 13 ? text : substr(text, 1, 10) "000" }

# begin(): first of all.
function begin(line) {
  telemetry = ENVIRON["telemetry"]; rank = ENVIRON["rank"] + 0; every = ENVIRON["every"] + 0; launcher = ENVIRON["launcher"] + 0
  linux = (getline line < "/proc/self/stat") > 0
  if (linux) close("/proc/self/stat")
}
