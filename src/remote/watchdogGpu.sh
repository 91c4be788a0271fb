#!/bin/sh
# One look at the GPUs for the watchdog: watchdogGpu.sh RESULT QUERY SAMPLES BELOW MEMORY. Started in a session of its own, since nvidia-smi may hang for
# ever in the driver. QUERY is 1, 2 or 3, from NVIDIA's new drivers to old ones. MEMORY in MiB keeps a GPU in use, 0: it does not.
# Writes RESULT, whole or not at all, in one line: `active PERCENT`, `memory MIB`, `idle`, `unknown`, `none` (no driver, no device) or `field`
# (the driver knows no such query). For a GPU whose use is not told, as under MIG, the driver's own idle bit decides. AMD's GPUs are asked for
# when NVIDIA's do not settle it; of both, the answer that keeps the machine longer counts.

result=$1 below=$4 memory=$5
case $2 in
  1) fields=index,utilization.gpu,memory.used,clocks_event_reasons.gpu_idle ;;
  2) fields=index,utilization.gpu,memory.used,clocks_throttle_reasons.gpu_idle ;;
  *) fields=index,utilization.gpu,memory.used ;;
esac

# Several samples a look, for the figure is that of less than a second. The shell reads them: mawk would wait for 4 KiB.
read_samples() {
  samples=$1 verdict='' most=0 held=0 doubt='' gpus='' first='' rows=0 lines=0
  while IFS=, read -r index use used bit; do
    lines=$((lines + 1))
    use=${use# } used=${used# } bit=${bit# }
    case $index in
      'exit 0') break ;;
      'exit 6' | 'exit 9') [ "$rows" -gt 0 ] || verdict=none && break ;;
      'exit 2') verdict=${field:-unknown} && break ;;
      exit\ *) doubt=1 && break ;;
      *'is not a valid field'*) field=field && continue ;;
      '' | *[!0-9]*) doubt=1 ;;
      *) row ;;
    esac
    if [ "$lines" -ge 2000 ] || { [ -n "$gpus" ] && [ "$rows" -ge $((samples * gpus)) ]; }; then break; fi
  done
  if [ -n "$verdict" ]; then
    echo "$verdict"
  elif [ "$most" -ge "$below" ] && [ "$most" -gt 0 ]; then
    echo "active $most"
  elif [ "$memory" -gt 0 ] && [ "$held" -ge "$memory" ]; then
    echo "memory $held"
  elif [ -n "$doubt" ] || [ "$rows" -eq 0 ]; then
    echo unknown
  else
    echo idle
  fi
}

row() {
  [ -n "$first" ] || first=$index
  if [ "$index" = "$first" ] && [ "$rows" -gt 0 ] && [ -z "$gpus" ]; then gpus=$rows; fi
  rows=$((rows + 1))
  # No percent sign, but some drivers print one all the same.
  use=${use%' %'} used=${used%' MiB'}
  case $use in
    '' | *[!0-9]* | ????*)
      case $bit in
        Active) ;;
        'Not Active') [ "$most" -ge 100 ] || most=100 ;;
        *) doubt=1 ;;
      esac
      ;;
    *) [ "$use" -le "$most" ] || most=$use ;;
  esac
  case $used in '' | *[!0-9]* | ?????????*) ;; *) [ "$used" -le "$held" ] || held=$used ;; esac
}

# nvidia: samples for as long as somebody reads, and how it ended.
nvidia() {
  command -v nvidia-smi >/dev/null || { echo 'exit 9' && return; }
  # It prints a sample at once; this makes sure.
  unbuffered=$(command -v stdbuf >/dev/null && echo 'stdbuf -oL')
  # shellcheck disable=SC2086 # words
  $unbuffered nvidia-smi --query-gpu="$fields" --format=csv,noheader,nounits --loop-ms=500 2>&1
  echo "exit $?"
}

# amd: rows like NVIDIA's, without a bit. One sample: AMD's tools are Python programs, which take a good part of a second to start.
amd() {
  if command -v rocm-smi >/dev/null; then
    rocm-smi --showuse --showmeminfo vram --json
  else
    amd-smi metric --usage --mem-usage --json
  fi 2>/dev/null | head -c 1000000 | awk '
    # value(NAME): what follows that name in the GPU at hand: a number, its text, or that of { "value": }.
    function value(name, found) {
      if (!match(gpu, "\"" name "\" *: *([{] *\"value\" *: *)?(\"[^\"]*\"|[0-9.]+)")) return "[N/A]"
      found = substr(gpu, RSTART, RLENGTH)
      sub(/^"[^"]*" *: *([{] *"value" *: *)?/, "", found)
      gsub(/"/, "", found)
      return found ~ /^[0-9]+([.][0-9]+)?$/ ? int(found) : "[N/A]"
    }
    function tell(used) {
      used = value("VRAM Total Used Memory [(]B[)]")
      used = used == "[N/A]" ? value("used_vram") : int(used / 1048576)
      print i++ ", " value(gpu ~ /"gfx_activity"/ ? "gfx_activity" : "GPU use [(]%[)]") ", " used ", "
    }
    { text = text $0 " " }
    END {
      i = 0; begin = "\"card[0-9]+\" *: *[{]|\"gpu\" *: *[0-9]+"
      if (match(text, begin)) text = substr(text, RSTART + RLENGTH); else text = ""
      while (text != "") {
        gpu = text; text = ""
        if (match(gpu, begin)) { text = substr(gpu, RSTART + RLENGTH); gpu = substr(gpu, 1, RSTART - 1) }
        tell()
      }
    }'
  # Its exit status tells nothing of whether there are GPUs.
  if [ -d "${TRAINYARD_WATCHDOG_ROOT-}/sys/module/amdgpu" ]; then echo 'exit 0'; else echo 'exit 9'; fi
}

# weight ANSWER -> $weight: the greater keeps the machine longer.
weight() {
  case $1 in active*) weight=4 ;; memory*) weight=3 ;; unknown) weight=2 ;; idle) weight=1 ;; *) weight=0 ;; esac
}

nvidia 2>/dev/null | {
  answer=$(read_samples "$3")
  weight "$answer"
  if [ "$weight" -lt 4 ] && [ "$answer" != field ] && { command -v rocm-smi || command -v amd-smi; } >/dev/null; then
    other=$(amd | read_samples 1)
    known=$weight
    weight "$other"
    [ "$weight" -le "$known" ] || answer=$other
  fi
  echo "$answer" >"$result.new" && mv -f "$result.new" "$result" # nvidia-smi may go on; the answer is there
}
