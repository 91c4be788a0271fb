#!/bin/sh
# What a machine keeps of folders that were uploaded for jobs, in ~/.trainyard/workdirs: KEY names a folder of the person's computer, and
# KEY/VERSION, which nobody changes once it is there, is what that held at one time: `files`, and `manifest`, which only the editor
# reads. Versions share the contents of their files by hard links, and a job gets copies. POSIX sh.
#
#   sh upload.sh have KEY VERSION COUNT         prints `same` where that version is here with so many entries, else `other VERSION` (of one to start from) or `none`
#   sh upload.sh manifest KEY VERSION           its manifest
#   sh upload.sh take KEY VERSION COUNT [BASE]  makes VERSION: BASE without what the file `removed` lists (paths with a NUL after each), with
#                                               what else the tar on stdin holds, whose last entry is `manifest`. Whole or not at all
#   sh upload.sh place JOB KEY VERSION WHAT TO RANK...  copies it to TO: from the workdir of each rank, or once where TO is absolute or begins
#                                               with ~/. WHAT is `folder` (its content), or `file` (its one file)
#
# Exit status: 0; 64 wrong arguments; 65 what came is not whole; 69 a link leads out of the workdir; 73 it can't be written, why on stderr.

case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
# shellcheck source=processes.sh
. "$here/processes.sh"

umask 077
verb=${1-}
[ $# -eq 0 ] || shift
if [ $# -lt 3 ] && [ "$verb" != manifest ]; then echo 'upload.sh: missing words' >&2 && exit 64; fi
workdirs=$HOME/.trainyard/workdirs

# count FOLDER -> $count: lines that its entries take when they are listed; a name may have several.
count() { count=$(($(find "$1" | wc -l))); }

# tidy: what nobody has used for a day, and drafts that were cut off. A job that is just being made may still copy from a version.
tidy() { find "$workdirs" -mindepth 2 -maxdepth 2 -mmin +1440 -exec rm -rf {} + 2>/dev/null; }

case $verb in
  have)
    version=$workdirs/$1/$2
    if [ -e "$version/manifest" ]; then
      count "$version/files"
      if [ "$count" -eq "$3" ]; then
        touch "$version"
        echo same
        exit 0
      fi
      # Somebody has been in there.
      mv "$version" "$version.$$.broken" && rm -rf "$version.$$.broken"
    fi
    cd "$workdirs/$1" 2>/dev/null || { echo none && exit 0; }
    # shellcheck disable=SC2010,SC2012 # our own names
    base=$(ls -t | grep -v '[.]' | head -n 1)
    if [ -n "$base" ] && touch "$base"; then echo "other $base"; else echo none; fi
    ;;
  manifest) exec cat "$workdirs/$1/$2/manifest" ;;
  take)
    version=$workdirs/$1/$2 base=${4:+$workdirs/$1/$4}
    draft=$version.$$.draft
    trap 'rm -rf "$draft"' EXIT
    trap 'exit 65' HUP INT TERM PIPE
    mkdir -p "$draft/files" || exit 73
    tidy
    tar -C "$draft" -xpof - || exit 73
    [ -e "$draft/manifest" ] || exit 65
    if [ -n "$base" ]; then
      mv "$draft/files" "$draft/new" && mkdir "$draft/files" || exit 73
      # Where links can't be made, as on some network disks, it is copied.
      cp -RPpl "$base/files/." "$draft/files" 2>/dev/null || { rm -rf "$draft/files" && cp -RPp "$base/files" "$draft/files"; } || exit 73
      (cd "$draft/files" && xargs -0 rm -rf -- <"$draft/removed") || exit 73
      # Moved where the whole folder is new, which costs nothing; else folder by folder.
      cp -RPpl "$draft/new/." "$draft/files" 2>/dev/null || cp -RPp "$draft/new/." "$draft/files" || exit 73
      rm -rf "$draft/new" "$draft/removed"
    fi
    count "$draft/files"
    [ "$count" -eq "$3" ] || exit 65
    # Another submission may have been first with the same.
    mv "$draft" "$version" 2>/dev/null || [ -e "$version/manifest" ] || exit 73
    rm -rf "${version:?}/${draft##*/}"
    ;;
  place)
    job_dir=$HOME/.trainyard/jobs/$1 from=$workdirs/$2/$3/files what=$4 to=$5
    shift 5
    if cp --version 2>/dev/null | grep -q GNU; then set -- 'cp -a --reflink=auto --remove-destination' "$@"; else set -- 'cp -RPp' "$@"; fi
    copy=$1
    shift
    # put TARGET
    put() {
      # shellcheck disable=SC2086 # words
      if [ "$what" = file ]; then
        mkdir -p "${1%/*}" && $copy "$from/file" "$1"
      else
        mkdir -p "$1" && $copy "$from/." "$1"
      fi || exit 73
    }
    # jailed RANK -> $target: no link on the way leads out of the workdir.
    jailed() {
      root=$(cd -P "$job_dir/nodes/$1/workdir" && pwd) || exit 73
      target=$root rest=$to/
      while [ -n "$rest" ]; do
        part=${rest%%/*} rest=${rest#*/}
        case $part in '' | .) continue ;; esac
        target=$target/$part
        [ -L "$target" ] || continue
        target=$(cd -P "$target" 2>/dev/null && pwd) || exit 69
        case $target/ in "$root"/*) ;; *) exit 69 ;; esac
      done
    }
    case $to in
      /*) put "$to" ;;
      \~ | \~/*) put "$HOME${to#?}" ;;
      *)
        for rank; do
          jailed "$rank"
          put "$target"
        done
        ;;
    esac
    ;;
  *)
    echo "upload.sh: unknown: $verb" >&2
    exit 64
    ;;
esac
