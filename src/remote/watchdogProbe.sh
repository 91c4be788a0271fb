#!/bin/sh
# What arming the watchdog would find on this machine: looks, and changes and stops nothing. Comes over stdin and leaves nothing behind. Prints lines
# KEY=VALUE:
#   system      what uname says       proc     yes where there is /proc/uptime
#   container   yes inside one        cloud    aws, azure, gcp, lambda, runpod, or nothing
#   stop        a command that stops this machine, known to need no password (`proof` says from what); nothing where there is none
#   why         where there is none: what the system said of each
#   suggestion  a command of the cloud's own for this very machine
#   keeper      what would keep the watchdog running with everybody logged out: systemd, cron or loop
#   gpu         yes where there is a tool that tells of GPUs

root=${TRAINYARD_WATCHDOG_ROOT-}
for folder in usr/local/sbin usr/local/bin usr/sbin usr/bin sbin bin usr/local/nvidia/bin opt/rocm/bin; do PATH=$PATH:$root/$folder; done
export PATH LC_ALL=C

# tell KEY TEXT: on one line, of plain characters.
tell() { printf '%s=%s\n' "$1" "$(printf '%s' "$2" | tr -c 'A-Za-z0-9 .,:;/_()=&{}@+-' '?' | head -c 1000)"; }

# has PROGRAM
has() { command -v "$1" >/dev/null 2>&1; }

# limited COMMAND...: at most five seconds, without a terminal or input.
limited() {
  if has timeout; then timeout 5 "$@" </dev/null; else "$@" </dev/null; fi
}

container() {
  [ -e "$root/.dockerenv" ] || [ -e "$root/run/.containerenv" ] || grep -qsE 'docker|kubepods|containerd|libpod|lxc' "$root/proc/1/cgroup" ||
    tr '\000' '\n' 2>/dev/null <"$root/proc/1/environ" | grep -q '^container='
}

# dmi NAME -> what the firmware says.
dmi() { cat "$root/sys/class/dmi/id/$1" 2>/dev/null; }

cloud() {
  if [ -n "${RUNPOD_POD_ID-}" ] || tr '\000' '\n' 2>/dev/null <"$root/proc/1/environ" | grep -q '^RUNPOD_POD_ID='; then
    echo runpod && return
  fi
  case "$(dmi sys_vendor) $(dmi product_name) $(dmi bios_version) $(dmi chassis_asset_tag)" in
    *'Amazon EC2'* | *amazon*) echo aws ;;
    *7783-7084-3265-9085-8269-3286-77*) echo azure ;;
    *'Google Compute Engine'* | Google*) echo gcp ;;
    *QEMU* | *KVM*) if [ -e "$root/etc/apt/sources.list.d/lambda-repository.list" ] || [ -e "$root/etc/lambda-release" ]; then echo lambda; fi ;;
    '   ') by_metadata ;; # no firmware to be read
  esac
}

# metadata PATH HEADER: from the address that clouds answer at; no proxy is asked, and nobody waits long.
metadata() {
  if has curl; then
    curl -sf --noproxy '*' -m 1 -H "$2" "http://169.254.169.254$1"
  elif has wget; then
    wget -q -T 1 -t 1 --no-proxy --header "$2" -O - "http://169.254.169.254$1"
  fi 2>/dev/null | head -c 2000
}

by_metadata() {
  if [ -n "$(metadata '/metadata/instance/compute/vmId?api-version=2021-02-01&format=text' 'Metadata: true')" ]; then
    echo azure
  elif [ -n "$(metadata /computeMetadata/v1/instance/id 'Metadata-Flavor: Google')" ]; then
    echo gcp
  elif [ -n "$(metadata /latest/dynamic/instance-identity/document 'Accept: application/json')" ]; then
    echo aws
  fi
}

# suggestion CLOUD
suggestion() {
  case $1 in
    azure)
      id=$(metadata '/metadata/instance/compute/resourceId?api-version=2021-02-01&format=text' 'Metadata: true')
      case $id in /subscriptions/*) echo "az login --identity --output none && az vm deallocate --no-wait --ids $id" ;; esac
      ;;
    runpod)
      pod=${RUNPOD_POD_ID:-$(tr '\000' '\n' 2>/dev/null <"$root/proc/1/environ" | sed -n 's/^RUNPOD_POD_ID=//p')}
      case $pod in '' | *[!A-Za-z0-9_-]*) ;; *) ! has runpodctl || echo "runpodctl stop pod $pod" ;; esac
      ;;
  esac
}

# stops -> $stop and $proof, or $why. Nothing is tried that could stop anything.
stops() {
  stop='' proof='' why=''
  if [ -n "$in_container" ]; then why='this is a container, which can not switch its machine off' && return; fi
  if [ "$(id -u)" -eq 0 ]; then
    if has shutdown; then
      stop='shutdown -h now' proof='you are root here'
    elif has systemctl && [ -d "$root/run/systemd/system" ]; then
      stop='systemctl poweroff' proof='you are root here'
    else
      why='there is neither shutdown nor systemd'
    fi
    return
  fi
  by_sudo 'shutdown -h now' || by_sudo 'systemctl poweroff' || by_polkit || true
}

# by_sudo WORDS: allowed without a password, and not merely because one was typed lately (-k). sudo -l also lists what would ask for one, so
# a second look must say that none is asked for.
by_sudo() {
  if ! has sudo; then why='there is no sudo' && return 1; fi
  # shellcheck disable=SC2086 # words
  if ! limited sudo -k -n -l $1 >/dev/null 2>&1; then why="sudo asks for a password, or does not allow: $1" && return 1; fi
  program=${1%% *}
  if limited sudo -k -n true >/dev/null 2>&1; then
    proof='sudo asks you for no password'
  elif limited sudo -k -n -l 2>/dev/null | grep -qE "NOPASSWD:.*(/|[ ,])$program"; then
    proof="sudo allows you $program without a password"
  else
    why="sudo asks for a password for: $1"
    return 1
  fi
  stop="sudo -n $1"
}

# by_polkit: what systemd would answer to this user with no session in front of the screen.
by_polkit() {
  if ! has busctl || [ ! -d "$root/run/systemd/system" ]; then why="$why; there is no systemd" && return 1; fi
  answer=$(limited busctl call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager CanPowerOff 2>&1)
  case $answer in
    *'"yes"'*) stop='systemctl --no-ask-password poweroff' proof='systemd allows you to power off' ;;
    *) why="$why; systemd does not allow you to power off" && return 1 ;;
  esac
}

keeper() {
  if has systemctl && has loginctl && XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)} limited systemctl --user show-environment >/dev/null 2>&1; then
    echo systemd
  elif has crontab && grep -qsx -e cron -e crond -e fcron "$root"/proc/[0-9]*/comm; then
    echo cron
  else
    echo loop
  fi
}

main() {
  in_container=''
  ! container || in_container=yes
  cloud=$(cloud)
  stops
  tell system "$(uname -s)"
  tell proc "$([ ! -r "$root/proc/uptime" ] || echo yes)"
  tell container "$in_container"
  tell cloud "$cloud"
  tell stop "$stop"
  tell proof "$proof"
  tell why "$why"
  tell suggestion "$(suggestion "$cloud")"
  tell keeper "$(keeper)"
  tell gpu "$(! { has nvidia-smi || has rocm-smi || has amd-smi; } || echo yes)"
}
# In one piece: a connection that breaks leaves nothing half done.
main
