# shellcheck shell=sh
# Whether a Jupyter kernel of this user is busy. Read by watchdog.sh. Only "busy" counts: a kernel that nobody ever joined says
# "starting" for ever, and an open notebook is no use of the machine.

# kernels: asks the server that Trainyard started (~/.trainyard/jupyter/server.json) and all others that left their file in
# Jupyter's runtime folder. One that lives and does not answer is a doubt.
kernels() {
  doubtful='' asked=' ' busy='' servers=0
  for file in "${HOME:-/nowhere}/.trainyard/jupyter/server.json" \
    "${JUPYTER_RUNTIME_DIR:-${JUPYTER_DATA_DIR:-${HOME:-/nowhere}/.local/share/jupyter}/runtime}"/*server-*.json; do
    if [ ! -f "$file" ] || [ "$servers" -ge 8 ]; then continue; fi
    read_server "$file"
    case $asked in *" $port "*) continue ;; esac
    asked=$asked$port' ' servers=$((servers + 1))
    ask_server
    case $body in
      \[*'"execution_state":"busy"'* | \[*'"execution_state": "busy"'*) busy=1 ;;
      \[*) ;;
      *) doubtful=1 ;;
    esac
  done
  if [ -n "$busy" ]; then
    s_doubt_kernel=0
    keep_by kernel 'a busy notebook kernel'
  elif [ -n "$doubtful" ]; then
    s_doubt_kernel=$((s_doubt_kernel + step))
    doubt kernel "$s_doubt_kernel" 'a Jupyter server that does not answer'
  else
    s_doubt_kernel=0
  fi
}

# read_server FILE -> $port, $token, $url. $port is `none` where the server is gone, or the file is not one.
read_server() {
  port='' server_pid='' server_started='' token='' token_file='' base=/ address='' secure=''
  while IFS='=' read -r key value; do
    case $key in
      port) whole "$value" '' && port=$whole ;;
      pid) whole "$value" '' && server_pid=$whole ;;
      started) whole "$value" '' && server_started=$whole ;;
      token) token=$value ;;
      token_file) token_file=$value ;;
      base_url) base=$value ;;
      hostname) address=$value ;;
      secure) secure=$value ;;
    esac
  done <<END
$(head -c 65536 "$1" | tr '\n' ' ' | awk '{
    while (match($0, /"[a-z_]+" *: *("[^"\\]*"|[0-9]+|true|false)/)) {
      pair = substr($0, RSTART, RLENGTH); $0 = substr($0, RSTART + RLENGTH)
      name = pair; sub(/" *:.*/, "", name); sub(/"/, "", name)
      sub(/^"[a-z_]+" *: */, "", pair); gsub(/"/, "", pair)
      print name "=" pair
    }
  }')
END
  # The start time tells a server from whatever has its number now.
  if [ -z "$port" ] || [ -z "$server_pid" ]; then port=none && return; fi
  start_time "$server_pid"
  if [ -z "$start_time" ] || { [ -n "$server_started" ] && [ "$server_started" != "$start_time" ]; }; then port=none && return; fi
  if [ -n "$token_file" ]; then { read -r token <"$token_file"; } 2>/dev/null || [ -n "$token" ] || token=''; fi
  case $token in *[!A-Za-z0-9._~-]*) token='' ;; esac
  case $base in /*) ;; *) base=/ ;; esac
  case $base in *[!A-Za-z0-9._~/%@-]*) base=/ ;; esac
  case $address in '' | 0.0.0.0 | '::' | '*' | *[!A-Za-z0-9.-]*) address=127.0.0.1 ;; esac
  if [ "$secure" = true ]; then url=https; else url=http; fi
  # Asked so, Jupyter does not take it for activity.
  path="${base%/}/api/kernels?no_track_activity=1"
  url=$url://$address:$port$path
}

# ask_server -> $body, empty where there was no good answer. Whatever program there is; the token never among its words.
ask_server() {
  body='['
  [ "$port" != none ] || return 0
  # shellcheck disable=SC2016 # bash's and python's own
  body=$(
    if command -v curl >/dev/null; then
      printf 'header = "Authorization: token %s"\nurl = "%s"\n' "$token" "$url" |
        curl -sfk --noproxy '*' --max-time 3 --config -
    elif command -v python3 >/dev/null; then
      printf '%s\n%s\n' "$url" "$token" | python3 -c '
import ssl, sys, urllib.request as r
url, token = sys.stdin.read().split("\n")[:2]
c = ssl.create_default_context(); c.check_hostname = False; c.verify_mode = ssl.CERT_NONE
o = r.build_opener(r.ProxyHandler({}), r.HTTPSHandler(context=c))
sys.stdout.buffer.write(o.open(r.Request(url, headers={"Authorization": "token " + token}), timeout=3).read(1000000))'
    elif command -v bash >/dev/null && [ "$secure" != true ]; then
      printf '%s\n%s\n%s\n%s\n' "$address" "$port" "$path" "$token" | bash -c '
        read -r host; read -r port; read -r path; read -r token
        exec 3<>"/dev/tcp/$host/$port" || exit
        printf "GET %s HTTP/1.0\r\nHost: %s\r\nAuthorization: token %s\r\n\r\n" "$path" "$host" "$token" >&3
        read -r -t 3 _ code _ <&3 && [ "$code" = 200 ] || exit
        while read -r -t 3 line <&3 && [ "${#line}" -gt 1 ]; do :; done
        read -r -t 3 -N 1000000 body <&3
        printf "%s" "$body"'
    elif command -v wget >/dev/null; then
      { printf 'header = Authorization: token %s\nuse_proxy = off\ncheck_certificate = off\n' "$token" >"$shm/wgetrc"; } 2>/dev/null
      WGETRC=$shm/wgetrc wget -q -T 3 -t 1 -O - "$url"
      rm -f "$shm/wgetrc"
    fi 2>/dev/null | head -c 1000000 | tr -d '\000'
  )
}
