# shellcheck shell=sh
# What the machine is. Read by host.sh; needs records.sh and jobClaim.sh.

# probe [gpus] [PORT...]
probe() {
  boot
  now
  gpus='' port=''
  if [ "${1-}" = gpus ]; then gpus=1 && shift; fi
  # shellcheck disable=SC2086 # words: client address and port, server address and port
  set -- "$@" / ${SSH_CONNECTION-}
  while [ "$1" != / ]; do
    [ -n "$port" ] || grep -qs " [0-9A-F]*:$(printf '%04X' "$1") [0-9A-F]*:[0-9A-F]* 0A " /proc/net/tcp /proc/net/tcp6 || port=$1
    shift
  done
  address=${4-}
  outer=$( (ip route get 192.0.2.1 | awk '{ for (i = 1; i < NF; i++) if ($i == "src") { print $(i + 1); exit } }') 2>/dev/null)
  [ -n "$outer" ] || outer=$(hostname -I 2>/dev/null | awk '{ print $1 }')
  printf '%s\n' "home $HOME" "now $now" "boot $boot" "port $port" "address ${address#::ffff:}" "outer $outer" \
    "cpus $(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null)" \
    "memory $(awk '/^MemTotal:/ { printf "%d", $2 * 1024 }' /proc/meminfo 2>/dev/null || sysctl -n hw.memsize 2>/dev/null)"
  # `interface NAME ADDRESS`
  ip -o addr show 2>/dev/null | awk '{ split($4, part, "/"); print "interface", $2, part[1] }'
  for tool in tar awk find cp xargs; do command -v "$tool" >/dev/null || echo "missing $tool"; done
  if [ -z "$gpus" ] || ! command -v nvidia-smi >/dev/null; then return 0; fi
  # A driver in trouble makes nvidia-smi hang; then we go on without it.
  set -- nvidia-smi --query-gpu=index,name,memory.total --format=csv,noheader,nounits
  if command -v timeout >/dev/null; then set -- timeout 5 "$@"; fi
  found=$("$@" 2>&1 </dev/null)
  code=$?
  case $code in
    0) printf '%s\n' "$found" | awk '{ print "gpu", $0 }' ;;
    124 | 143) echo 'gpuProblem nvidia-smi does not answer.' ;;
    *) printf 'gpuProblem nvidia-smi failed: %s\n' "${found%%"$newline"*}" ;;
  esac
}
