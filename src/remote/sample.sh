#!/bin/sh
# Samples the machine while a job runs: `sample.sh host`, or `sample.sh gpu [BELOW SECONDS]`, with which it also keeps the
# idle_gpu rule. Started by launch.sh in a session of its own, and ended with it; a death of this process harms nothing.
#
# In, by environment: telemetry (file, empty: stdout), log and workdir (to measure), every (seconds), rank, launcher (pid).
# What can't be read is left out of a record and never written as 0. Long-lived awk programs, because starting programs is what
# sampling costs.

# What both programs share. A record is one string in one write: awk hands a flush to the system as a whole.
common='
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
  # Whether the launcher lives; a zombie does not.
  function watched(line, file, known) {
    file = "/proc/" launcher "/stat"
    if (linux) { known = (getline line < file) > 0; close(file); return known && line !~ /\) [ZX] / }
    return system("kill -s 0 " launcher " 2>/dev/null") == 0
  }
  # Unix milliseconds as text. BSD and busybox have no %N: whole seconds there.
  function stamp(text) { return text ~ /^[0-9]+$/ && length(text) == 13 ? text : substr(text, 1, 10) "000" }
  function begin(line) {
    telemetry = ENVIRON["telemetry"]; rank = ENVIRON["rank"] + 0; every = ENVIRON["every"] + 0; launcher = ENVIRON["launcher"] + 0
    linux = (getline line < "/proc/self/stat") > 0
    if (linux) close("/proc/self/stat")
  }
'

# shellcheck disable=SC2016 # awk's own variables
host='
  # rate(KEY, COUNT): growth a second since the last sample, or "" the first time and after a counter that started anew.
  function rate(key, count, out) {
    out = (key in last && span > 0 && count >= last[key]) ? sprintf("%.0f", (count - last[key]) / span) : ""
    last[key] = count
    return out
  }
  function add(name, value) { if (value != "") fields = fields ",\"" name "\":" value }
  # cpu(KEY, LINE of /proc/stat) -> use in %, and iowait in the global of that name.
  function cpu(key, line, f, i, total, idle, wait, used) {
    split(line, f, " ")
    for (i = 2; i <= 9; i++) total += f[i]
    idle = f[5] + f[6]; wait = f[6]; used = iowait = ""
    if (key in cpuTotal && total > cpuTotal[key]) {
      used = 100 * (1 - (idle - cpuIdle[key]) / (total - cpuTotal[key]))
      iowait = 100 * (wait - cpuWait[key]) / (total - cpuTotal[key])
      used = used < 0 ? 0 : used > 100 ? 100 : used
      iowait = iowait < 0 ? "" : sprintf("%.1f", iowait)
    }
    cpuTotal[key] = total; cpuIdle[key] = idle; cpuWait[key] = wait
    return used
  }
  function proc(line, f, file, use, cores, io, key, total, free, read, wrote, in_, out) {
    file = "/proc/stat"
    while ((getline line < file) > 0 && line ~ /^cpu/) {
      key = line; sub(/ .*/, "", key)
      use = cpu(key, line)
      if (use == "") continue
      if (key == "cpu") { add("cpu", sprintf("%.1f", use)); io = iowait }
      else cores = cores (cores == "" ? "" : ",") sprintf("%.0f", use)
    }
    close(file)
    # A record must stay below PIPE_BUF.
    if (cores != "" && length(cores) < 3000) add("cores", "[" cores "]")
    add("iowait", io)
    file = "/proc/meminfo"
    while ((getline line < file) > 0) {
      split(line, f, " ")
      if (f[1] == "MemTotal:") total = f[2]
      if (f[1] == "MemAvailable:") { free = f[2]; break }
    }
    close(file)
    if (free != "") { add("memUsed", sprintf("%.0f", (total - free) * 1024)); add("memTotal", sprintf("%.0f", total * 1024)) }
    # Whole disks only: partitions, RAID and device mapper would count the same bytes twice.
    file = "/proc/diskstats"; read = wrote = ""
    while ((getline line < file) > 0) {
      split(line, f, " ")
      if (f[3] ~ /^([shv]d[a-z]+|xvd[a-z]+|nvme[0-9]+n[0-9]+|mmcblk[0-9]+)$/) { read += f[6] * 512; wrote += f[10] * 512 }
    }
    close(file)
    if (read != "") { add("diskRead", rate("read", read)); add("diskWrite", rate("write", wrote)) }
    # Not what stays inside the machine or is counted at the device below.
    file = "/proc/net/dev"; in_ = out = ""
    while ((getline line < file) > 0) {
      if (line !~ /:/) continue
      sub(/^ */, "", line); sub(/:/, " ", line); split(line, f, " ")
      if (f[1] !~ /^(lo|veth|docker|br-|virbr|bond|team|tun|tap|wg)/) { in_ += f[2]; out += f[10] }
    }
    close(file)
    if (in_ != "") { add("netIn", rate("in", in_)); add("netOut", rate("out", out)) }
  }
  # macOS: ps has a moving average of CPU use, vm_stat counts pages.
  function darwin(command, line, f, use, cpus, page, used) {
    command = "sysctl -n hw.ncpu hw.memsize hw.pagesize; ps -A -o %cpu=; echo; vm_stat"
    for (line = 0; (command | getline f) > 0; ) {
      line++
      if (line == 1) cpus = f + 0
      else if (line == 2) total = f + 0
      else if (line == 3) page = f + 0
      else if (f ~ /^ *[0-9.]+ *$/) use += f
      else if (f ~ /^Pages (active|wired down|occupied by compressor):/) { sub(/.*: */, "", f); used += f * page }
    }
    close(command)
    if (cpus > 0 && use != "") { use /= cpus; add("cpu", sprintf("%.1f", use > 100 ? 100 : use)) }
    if (used > 0 && total > 0) { add("memUsed", sprintf("%.0f", used)); add("memTotal", sprintf("%.0f", total)) }
  }
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
'

# shellcheck disable=SC2016
gpu='
  # quote(TEXT): as a JSON string.
  function quote(text, out, i, c) {
    for (i = 1; i <= length(text) && i <= 200; i++) {
      c = substr(text, i, 1)
      out = out (c == "\"" || c == "\\" ? "\\" c : c < " " || c > "~" ? "?" : c)
    }
    return "\"" out "\""
  }
  function words(seconds) {
    return seconds % 3600 == 0 ? seconds / 3600 " h" : seconds % 60 == 0 ? seconds / 60 " min" : sprintf("%.0f s", seconds)
  }
  # judge(): the idle_gpu rule, once a sample. All GPUs must have been seen below the bar in every sample of the whole window: a GPU
  # that is missing, a value that is unreadable, a late sample or a clock that jumped means "in use", and the clock starts anew.
  function judge(low, gap) {
    if (limit <= 0) return
    gap = (t - judged) / 1000; judged = t
    if (!low || gap < 0 || gap > 3 * every + 5) { since = ""; warned = 0 }
    if (!low) return
    if (since == "") { since = t; return }
    left = limit - (t - since) / 1000
    if (left <= 0) { system("kill -s USR2 " launcher); limit = 0; return }
    while (warned < warnings && left <= warnAt[warned + 1]) {
      warned++
      emit("\"kind\":\"guard\",\"rule\":\"idle_gpu\",\"action\":\"warn\",\"reason\":" \
        quote("Every GPU has been below " below " % for " words(limit - warnAt[warned]) "; the job will be stopped in " words(warnAt[warned]) " unless one is used"))
    }
  }
  # finish(): one sample of all GPUs is complete.
  function finish() {
    if (seen == 0) return
    judge(low && seen >= expected)
    if (seen > expected) expected = seen
    seen = 0
  }
  BEGIN {
    begin()
    limit = limit + 0
    if (limit > 1200) { warnAt[1] = 600; warnAt[2] = 120; warnings = 2 }
    else { warnAt[1] = limit > 240 ? 120 : int(limit / 2); warnings = 1 }
    count = split(query, names, ",")
    key["utilization.gpu"] = "util"; key["utilization.memory"] = "memUtil"; key["memory.used"] = "memUsed"; key["memory.total"] = "memTotal"
    key["temperature.gpu"] = "temp"; key["power.draw"] = "power"; key["power.limit"] = "powerLimit"
  }
  { sub(/\r$/, "") }
  /is not a valid field to query/ { exit 3 }
  {
    n = split($0, value, /, */)
    if (n < count || value[1] !~ /^[0-9]+$/) { low = 0; next }
    # A lower or equal index begins the next sample.
    if (seen == 0 || value[1] + 0 <= index_) {
      finish()
      if (!watched()) exit 1
      "date +%s%3N" | getline t; close("date +%s%3N"); t = stamp(t)
      low = 1
    }
    index_ = value[1] + 0; seen++; samples++
    fields = "\"kind\":\"gpu\",\"gpu\":" index_
    util = ""
    for (i = 2; i <= count; i++) {
      v = value[i]
      if (names[i] == "uuid" || names[i] == "name") { if (v !~ /^\[/) fields = fields ",\"" names[i] "\":" quote(v) }
      else if (v ~ /^[0-9]+(\.[0-9]+)?$/) {
        if (names[i] ~ /^memory/) v = sprintf("%.0f", v * 1048576)
        fields = fields ",\"" key[names[i]] "\":" v
        if (names[i] == "utilization.gpu") util = v
      }
    }
    if (util == "" || util + 0 >= below + 0) low = 0
    emit(fields)
  }
  END { if (!samples) exit 4 }
'

# mawk waits for 4 KiB of input unless told otherwise.
case $(awk -W version </dev/null 2>&1) in
  *mawk*) streaming='awk -W interactive' ;;
  *) streaming='awk' ;;
esac
# nvidia-smi prints what it knows at once; this makes sure.
unbuffered=$(command -v stdbuf >/dev/null && echo 'stdbuf -oL')

# One nvidia-smi for the whole job: starting it takes far longer than asking.
sample_gpus() {
  # shellcheck disable=SC2086 # words
  $unbuffered nvidia-smi --query-gpu="$1" --format=csv,noheader,nounits --loop="$every" |
    $streaming -v query="$1" -v below="$2" -v limit="$3" -v torn="$torn" "$common$gpu"
}

what=$1 below=${2-} limit=${3-}
torn='' fields=3
launcher=${launcher:?} every=${every:?}
while kill -s 0 "$launcher" 2>/dev/null; do
  pause=$every
  if [ "$what" = host ]; then
    awk -v torn="$torn" "$common$host"
  else
    # Old drivers know fewer fields, and refuse all when they do not know one.
    case $fields in
      3) query=index,uuid,name,utilization.gpu,utilization.memory,memory.used,memory.total,temperature.gpu,power.draw,power.limit ;;
      2) query=index,uuid,name,utilization.gpu,memory.used,memory.total,temperature.gpu ;;
      *) query=index,name,memory.used,memory.total ;;
    esac
    sample_gpus "$query" "$below" "$limit"
    case $? in
      3) if [ "$fields" -gt 1 ]; then fields=$((fields - 1)) pause=0; else pause=60; fi ;;
      4) pause=60 ;; # no driver, no devices: not now
    esac
  fi
  # It ended: no room on the disk, or nvidia-smi is gone. A record may be half written.
  torn='\n'
  [ "$pause" -eq 0 ] || sleep "$pause"
done
