# How host.awk and machine.awk read the host: /proc, and on macOS what ps and vm_stat give. They set `span`, the seconds since the last reading,
# and find what was read in `fields`, as the inside of a JSON object.

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
