#!/bin/sh
# host.sh FOLDER NAME PROGRAM ARGUMENTS...: becomes PROGRAM in a machine of its own as far as its files go: /opt/ml is FOLDER/ml, /tmp is empty,
# /etc/hosts is FOLDER/hosts. Runs in a mount namespace of its own (unshare). Its errors go where its output goes.
set -e
exec 2>&1
folder=$1 name=$2
shift 2

# /opt with all that is there, and ml.
mkdir -p "$folder/opt/ml" "$folder/tmp"
chmod 1777 "$folder/tmp"
for entry in /opt/* /opt/.[!.]*; do
  if [ "$entry" = /opt/ml ]; then
    continue
  elif [ -L "$entry" ] || [ -f "$entry" ]; then
    cp -P "$entry" "$folder/opt/"
  elif [ -d "$entry" ]; then
    mkdir -p "$folder$entry"
    mount --rbind "$entry" "$folder$entry"
  fi
done
mount --bind "$folder/ml" "$folder/opt/ml"
mount --rbind "$folder/opt" /opt
mount --bind "$folder/hosts" /etc/hosts
hostname "$name" 2>/dev/null || true
mount --bind "$folder/tmp" /tmp
cd /
exec "$@"
