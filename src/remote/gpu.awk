# Reads what nvidia-smi prints for `query`, sample after sample, and keeps the idle_gpu rule (`below` %, for `limit` seconds; no limit: no
# rule) for at least `expected` GPUs. Exits with 3 when the driver does not know a field, with 4 when there was no sample. See sample.sh; needs telemetry.awk.

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
  if (left <= 0) { system("kill -USR2 " launcher); limit = 0; return }
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
  limit += 0; expected += 0
  if (limit > 1200) { warnAt[1] = 600; warnAt[2] = 120; warnings = 2 }
  else { warnAt[1] = limit > 240 ? 120 : int(limit / 2); warnings = 1 }
  count = split(query, names, ",")
  key["utilization.gpu"] = "util"; key["utilization.memory"] = "memUtil"; key["memory.used"] = "memUsed"; key["memory.total"] = "memTotal"
  key["temperature.gpu"] = "temp"; key["power.draw"] = "power"; key["power.limit"] = "powerLimit"
}
{ sub(/\r$/, "") }
/is not a valid field to query/ { unknown = 1; exit }
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
END { if (unknown) exit 3; if (!samples) exit 4 }
