# Makes a machine's samples of the ticks, what nvidia-smi prints and what machine.sh says of it (lines with @), and appends them to the file
# `stream`, which holds about the last ten minutes. See machine.sh; needs proc.awk. A line of the stream is a letter, a space and:
#
#   S   what the machine is: a JSON object; begins everything anew
#   F   names of the fields of C, C a GPU that does not change, L a line of `nvidia-smi -L`, Q the names of the fields of G
#   X   how the GPU tool is: none, asks, works, silent, or failed STATUS with its last words; W what else it says while it works
#   M   the names of the columns of p, where pmon tells of processes, because the query for them does not
#   P   begins the list of processes on GPUs (with ?: nobody knows), p one as nvidia-smi lists it, D its pid, start (field 22 of stat), start in
#       unix milliseconds, user and command line
#   U   begins the list of who is logged in, u a line of `who`
#   H   the host, a JSON object with the time `t` in unix milliseconds, and after it G a GPU, A what an AMD tool printed (its name first)
#   .   the sample is complete
#
# What can't be read is left out and never written as 0. Words of nvidia-smi go through as they are: the reader knows what they mean.

function say(line) { text = text line "\n" }

# keep(KEY, LINE): said now, and again each time when the file begins anew.
function keep(key, line) {
  if (!(key in kept)) order[++many] = key
  if (kept[key] == line) return
  kept[key] = line
  say(line)
}

# drop(PREFIX): what was kept under it is no more.
function drop(prefix, i) { for (i = 1; i <= many; i++) if (index(order[i], prefix) == 1) kept[order[i]] = "" }

function write() {
  if (size > 200000) begin_anew()
  printf "%s", text >> stream
  fflush(stream)
  size += length(text)
  text = ""
}

# begin_anew(): an empty file, which begins with all that is kept.
function begin_anew(i, key, count, all) {
  close(stream); printf "" > stream; close(stream)
  size = count = 0
  for (i = 1; i <= many; i++) {
    key = order[i]
    if (kept[key] == "") { delete kept[key]; continue }
    order[++count] = key
    all = all kept[key] "\n"
  }
  many = count
  text = all text
}

# clock(SECONDS or nothing): sets `up`, seconds of a clock that nobody sets, and `t`, unix milliseconds.
function clock(seconds, line, f) {
  if (seconds != "") { up = seconds + 0; t = sprintf("%.0f", seconds * 1000); return }
  getline line < "/proc/uptime"; close("/proc/uptime")
  split(line, f, " ")
  up = f[1] + 0
  if (base == "" || up - based > 600) {
    if (base != "") { "date +%s%3N" | getline epoch; close("date +%s%3N") }
    # BSD and busybox have no %N: whole seconds there.
    if (epoch !~ /^[0-9]+$/ || length(epoch) != 13) epoch = substr(epoch, 1, 10) "000"
    base = epoch - up * 1000; based = up
  }
  t = sprintf("%.0f", base + up * 1000)
}

# started(PID): field 22 of its stat, "" where there is none or only a zombie.
function started(pid, line, file, f) {
  file = "/proc/" pid "/stat"
  if ((getline line < file) <= 0) line = ""
  close(file)
  # A program's name may hold brackets and line ends.
  if (!match(line, /.*\) /)) return ""
  split(substr(line, RLENGTH + 1), f, " ")
  return f[1] ~ /^[ZX]/ ? "" : f[20]
}

function lives(pid, start) {
  if (linux) return start != "" && started(pid) == start
  return system("kill -0 " pid " 2>/dev/null") == 0
}

# read_by(): whether anybody reads, or did a short while ago.
function read_by(name, part) {
  while (("ls readers" | getline name) > 0) {
    if (name !~ /^[0-9]+-[A-Za-z0-9_:]*$/) continue
    split(name, part, "-")
    if (lives(part[1], part[2])) wanted = up
    else system("rm -f readers/" name)
  }
  close("ls readers")
  return up - wanted < linger
}

function owns(line) {
  if ((getline line < "owner") <= 0) line = ""
  close("owner")
  return line == me
}

# seldom(): who is logged in, and the disk that the home folder is on.
function seldom(line, f, list) {
  disk = ""
  while (("who 2>/dev/null | head -n 50; df -Pk \"$HOME\" 2>/dev/null | sed 1d" | getline line) > 0) {
    if (match(line, / [0-9]+ +[0-9]+ +-?[0-9]+ +[0-9]+% /)) {
      split(substr(line, RSTART), f, " ")
      disk = ",\"diskFree\":" sprintf("%.0f", f[3] * 1024) ",\"diskTotal\":" sprintf("%.0f", f[1] * 1024)
    } else list = list "\nu " substr(line, 1, 200)
  }
  close("who 2>/dev/null | head -n 50; df -Pk \"$HOME\" 2>/dev/null | sed 1d")
  keep("users", "U" list)
}

# host(): everything but the GPUs.
function host(line, f) {
  fields = "\"t\":" t
  span = before > 0 ? up - before : 0
  before = up
  if (linux) {
    proc()
    if ((getline line < "/proc/loadavg") > 0) { split(line, f, " "); add("load", f[1]) }
    close("/proc/loadavg")
    add("up", sprintf("%.0f", up))
  } else darwin()
  say("H {" fields disk "}")
}

# meet(PID, NAME): says who a process is, once, and again when it calls itself something else.
function meet(pid, name, start, line, command, user, f) {
  start = started(pid)
  if (start == "" || known[pid] == start " " name) return
  known[pid] = start " " name
  # Without its program's name only in a container that sees no more than its own.
  command = "ls -ld /proc/" pid " && tr '\\000\\n\\r' '   ' </proc/" pid "/cmdline 2>/dev/null | cut -c1-400"
  if ((command | getline line) > 0) { split(line, f, " "); user = f[3] }
  line = ""
  if ((command | getline line) <= 0) line = ""
  close(command)
  if (user != "") keep("D" pid, "D " pid " " start " " sprintf("%.0f", t - (up - start / ticks) * 1000) " " user " " line)
}

# processes(): the list on GPUs, when there is news of it.
function processes(key, list, f, n) {
  if (apps > 0 && !lives(apps, appsStarted)) { apps = 0; unlisted() }
  if (apps <= 0 || up - appsSince < 2) return
  for (key in seen) {
    # It lists them all each time, and says nothing where there is none.
    if (up - seen[key] > appsEvery * 1.7) {
      split(key, f, " ")
      kept["D" f[2]] = ""; delete known[f[2]]; delete seen[key]; delete app[key]
    } else { list = list "\np " app[key]; n++ }
  }
  keep("processes", "P" list)
}

function unlisted(key) {
  for (key in seen) { delete seen[key]; delete app[key] }
  for (key in known) delete known[key]
  drop("D"); keep("processes", "P ?")
}

# tool(HOW): how the GPU tool is.
function tool(how) { how_ = how; keep("tool", "X " how (how ~ /^failed/ && words != "" ? " " words : "")) }

function tick(i) {
  if (!owns()) exit 1
  if (up - looked >= (linger < 10 ? linger : 10) || looked == "") { looked = up; if (!read_by()) exit 0 }
  if (up - glanced >= 60 || glanced == "") { glanced = up; seldom() }
  if (gpu > 0 && up - (heard > since ? heard : since) > (every * 5 > patience ? every * 5 : patience)) {
    # It hangs. Where not even this ends it, the next one is not started.
    tool("silent"); unlisted()
    system("kill -9 " gpu " 2>/dev/null"); gpu = 0; silent = 1
  }
  if (gpu > 0) processes()
  if (up - spoken > every * 5) keep("words", "W")
  host()
  for (i = 0; i <= highest; i++) if (i in row) { say("G " row[i]); delete row[i] }
  if (amd != "") { say("A " amd); amd = "" }
  say(".")
  write()
}

BEGIN {
  stream = "stream"; every = ENVIRON["every"] + 0; linger = ENVIRON["linger"] + 0; patience = ENVIRON["patience"] + 0
  linux = (getline line < "/proc/self/stat") > 0
  if (linux) close("/proc/self/stat")
  highest = -1
  while ((getline line < stream) > 0) size += length(line) + 1
  close(stream)
  "uname -sr; hostname 2>/dev/null || uname -n" | getline system_
  "uname -sr; hostname 2>/dev/null || uname -n" | getline name
  gsub(/[^A-Za-z0-9 ._#+~-]/, "?", system_); gsub(/[^A-Za-z0-9._-]/, "?", name)
  # One before may have been killed in the middle of a line.
  if (size > 0) text = "\n"
  keep("machine", "S {\"every\":" every ",\"name\":\"" substr(name, 1, 100) "\",\"system\":\"" substr(system_, 1, 100) "\"}")
}

{ sub(/\r$/, "") }
/^tick/ { clock($2); if (wanted == "") wanted = up; tick(); next }
/^[0-9]+, / {
  i = $1 + 0
  if (gpu <= 0 || i > 1023) next
  row[i] = substr($0, 1, 300); heard = up
  if (i > highest) highest = i
  if (how_ != "works") tool("works")
  next
}
/^(GPU|MIG)-[^,]*, *[0-9]+, / {
  split($0, part, /, */)
  key = part[1] " " part[2]
  app[key] = substr($0, 1, 600); seen[key] = up
  meet(part[2], part[3])
  next
}
/^# *gpu +pid / { keep("M", "M " $0); next }
/^# / { next }
/^ *[0-9]+ +(-|[0-9]+) +(-|[CGM+]+) / {
  if ($2 == "-") next
  key = $1 " " $2
  app[key] = substr($0, 1, 600); seen[key] = up
  meet($2, $NF)
  next
}
/^@fields / { drop("C"); drop("L"); keep("F", "F " $2); next }
/^@card / { keep("C" ++cards, "C " substr($0, 7, 400)); next }
/^@list / { keep("L" ++lists, "L " substr($0, 7, 300)); next }
/^@query / { keep("Q", "Q " $2); next }
/^@gpu pid / { gpu = $3; apps = $4; appsEvery = $5; appsStarted = started(apps); since = appsSince = up; silent = 0; next }
/^@gpu ended / { gpu = apps = 0; if (!silent) { tool("failed " $3); unlisted() } next }
/^@gpu / { if ($2 != "asks" || how_ == "") tool($2); words = ""; next }
/^@amd / {
  if ((getline amd < "amd.json") > 0) { amd = $2 " " substr(amd, 1, 60000); if (how_ != "works") tool("works") } else amd = ""
  close("amd.json")
  next
}
# Its words: why it fails, or which GPU is lost.
NF > 0 { words = substr($0, 1, 300); gsub(/[^ -~]/, "?", words); spoken = up; if (how_ == "works") keep("words", "W " words) }
