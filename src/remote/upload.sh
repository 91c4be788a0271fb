#!/bin/sh
# What a machine keeps of folders that were uploaded for jobs, in ~/.trainyard/workdirs: KEY names a folder of the person's computer, and
# KEY/VERSION, which nobody changes once it is there, is what that held at one time: `files`, and `manifest`, which only the editor
# reads. Versions share the contents of their files by hard links, and a job gets copies. POSIX sh.
#
#   sh upload.sh bring KEY VERSION COUNT        makes VERSION, which has so many entries. Prints `same` where it is here; else `base BYTES` and the manifest of
#                                               another version, of so many bytes, or `none`. Then comes a tar on stdin, whose last entry is `manifest`:
#                                               `files`, all of them or, where it begins with `removed`, what that other version has not; `removed`
#                                               lists what has to go from there first, paths with a NUL after each. Whole or not at all
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
if [ $# -lt 3 ]; then echo 'upload.sh: missing words' >&2 && exit 64; fi
workdirs=$HOME/.trainyard/workdirs

# count FOLDER -> $count: lines that its entries take when they are listed; a name may have several.
count() { count=$(($(find "$1" | wc -l))); }

# tidy: what nobody has used for a day, and drafts that were cut off. A job that is just being made may still copy from a version.
tidy() { find "$workdirs" -mindepth 2 -maxdepth 2 -mmin +1440 -exec rm -rf {} + 2>/dev/null; }

# discard VERSION: one that somebody has been in. It is gone at once for all who look.
discard() { mv "$1" "$1.$$.broken" && rm -rf "$1.$$.broken"; }

# newest -> $base, the version that was used last, or empty
newest() {
  # shellcheck disable=SC2010,SC2012 # our own names
  base=$(cd "$workdirs/$1" 2>/dev/null && ls -t | grep -v '[.]' | head -n 1)
  [ -z "$base" ] || base=$workdirs/$1/$base
  # Used, so that it stays.
  [ -z "$base" ] || touch -c "$base"
}

# abandon: nothing of the draft is left, and nobody who still writes to it.
abandon() {
  baseless
  rm -rf "$draft"
}

# baseless: does without $base.
baseless() {
  [ -z "$linking" ] || { kill "$linking" && wait "$linking"; } 2>/dev/null
  rm -rf "$draft/base"
  linking='' base=''
}

# build: what came to $draft/files becomes the difference from $base, which is linked meanwhile to $draft/base.
build() {
  # Where links can't be made, as on some network disks, it is copied.
  wait "$linking" || { rm -rf "$draft/base" && cp -RPp "$base/files" "$draft/base"; } || exit 73
  linking=''
  (cd "$draft/base" && xargs -0 rm -rf -- <"$draft/removed") || exit 73
  cp -RPpl "$draft/files/." "$draft/base" 2>/dev/null || cp -RPp "$draft/files/." "$draft/base" || exit 73
  rm -rf "$draft/files" "$draft/removed"
  mv "$draft/base" "$draft/files" || exit 73
}

case $verb in
  bring)
    version=$workdirs/$1/$2
    if [ -e "$version/manifest" ]; then
      count "$version/files"
      if [ "$count" -eq "$3" ]; then
        touch "$version"
        echo same
        exit 0
      fi
      discard "$version"
    fi
    newest "$1"
    draft=$version.$$.draft linking=''
    trap abandon EXIT
    trap 'exit 65' HUP INT TERM PIPE
    mkdir -p "$draft/files" || exit 73
    if [ -e "${base:+$base/manifest}" ]; then
      mkdir "$draft/base" || exit 73
      cp -RPpl "$base/files/." "$draft/base" >/dev/null 2>&1 &
      linking=$!
      echo "base $(($(wc -c <"$base/manifest")))"
      cat "$base/manifest"
    else
      echo none
    fi
    tidy
    tar -C "$draft" -xpof - || exit 73
    [ -e "$draft/manifest" ] || exit 65
    if [ -e "$draft/removed" ]; then build; else baseless; fi
    count "$draft/files"
    if [ "$count" -ne "$3" ]; then
      [ -z "$base" ] || discard "$base"
      exit 65
    fi
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
