#!/bin/sh
# Whether a stop command of the user's own could run here, without running any of it: comes over stdin, with `own`, the command, set before it. Prints lines
# KEY=VALUE:
#   state   found; missing: there is no such program; wrong: no shell understands it; unclear: it begins with what only running it tells
#   word    its first word, for the first two

for folder in usr/local/sbin usr/local/bin usr/sbin usr/bin sbin bin usr/local/nvidia/bin; do PATH=$PATH:/$folder; done
export PATH LC_ALL=C

# first_word -> $word, as a shell would see it; empty where that is more than a plain word. NAME=VALUE before it is passed over.
first_word() {
  # Of the first line that is no comment.
  # shellcheck disable=SC2154 # set before it
  line=$(printf '%s\n' "$own" | grep -v -e '^[[:space:]]*#' -e '^[[:space:]]*$' | head -n 1)
  # Neither names of files nor anything else is put in for a word.
  set -f
  # shellcheck disable=SC2086 # into words
  set -- $line
  while :; do
    case ${1-} in
      [A-Za-z_]*=*[!A-Za-z0-9_./:,@%+=-]*) word='' && return ;;
      [A-Za-z_]*=*) shift ;;
      *) break ;;
    esac
  done
  word=${1-}
  word=${word%;}
  # shellcheck disable=SC2088,SC2016 # as they were written
  case $word in
    '~/'*) word=$HOME/${word#??} ;;
    '$HOME/'*) word=$HOME/${word#??????} ;;
    '"$HOME/'*'"') word=${word#???????} && word=$HOME/${word%?} ;;
  esac
  case $word in *[!A-Za-z0-9_./+@%,:-]*) word='' ;; esac
}

main() {
  word=''
  if ! printf '%s\n' "$own" | sh -n 2>/dev/null; then
    echo state=wrong
    return
  fi
  first_word
  case $word in
    '') state=unclear ;;
    # Some shells find what may not be run, too.
    */*) if [ -f "$word" ] && [ -x "$word" ]; then state=found; else state=missing; fi ;;
    *) if command -v "$word" >/dev/null 2>&1; then state=found; else state=missing; fi ;;
  esac
  printf 'state=%s\nword=%s\n' "$state" "$word"
}
# In one piece: half of it, from a connection that broke, does nothing.
main
