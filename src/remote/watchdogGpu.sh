#!/bin/sh
# One look at the GPUs for the watchdog: watchdogGpu.sh RESULT QUERY SAMPLES BELOW MEMORY. Started in a session of its own, since nvidia-smi may hang for
# ever in the driver. QUERY is 1, 2 or 3, from new drivers to old ones. MEMORY in MiB keeps a GPU in use, 0: it does not.
# Writes RESULT, whole or not at all, in one line: `active PERCENT`, `memory MIB`, `idle`, `unknown`, `none` (no driver, no device) or `field`
# (the driver knows no such query). For a GPU whose use is not told, as under MIG, the driver's own idle bit decides.

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

# It prints a sample at once; this makes sure.
unbuffered=$(command -v stdbuf >/dev/null && echo 'stdbuf -oL')
{
  # shellcheck disable=SC2086 # words
  $unbuffered nvidia-smi --query-gpu="$fields" --format=csv,noheader,nounits --loop-ms=500 2>&1
  echo "exit $?"
} 2>/dev/null | {
  read_samples "$3" >"$result.new" && mv -f "$result.new" "$result" # nvidia-smi may go on; the answer is there
}
