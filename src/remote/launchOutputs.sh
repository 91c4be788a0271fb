# shellcheck shell=sh
# What a node of a job leaves behind. Read by launch.sh; needs records.sh.

# collect: copies the outputs. What goes wrong here is reported and does not make a job fail.
collect() {
  emit '"kind":"phase","phase":"collect","state":"start"'
  now_in collect
  problems=''
  root=$(cd -P "$workdir" && pwd)
  checkpoints='' link=''
  if [ -n "${TRAINYARD_CHECKPOINTS_DIR-}" ]; then
    checkpoints=$(cd -P "$TRAINYARD_CHECKPOINTS_DIR" && pwd)
    link=$(cd -P "${TRAINYARD_CHECKPOINTS_LINK%/*}" && pwd)/${TRAINYARD_CHECKPOINTS_LINK##*/}
  fi
  to=$outputs_dir
  [ "$rank" -eq 0 ] || to=$to/node-$rank
  while IFS='=' read -r name path; do
    [ -z "$name" ] || collect_one
  done <<END
$TRAINYARD_OUTPUTS
END
  json "$problems"
  emit "\"kind\":\"phase\",\"phase\":\"collect\",\"state\":\"end\"${json:+,\"problem\":\"$json\"}"
}
collect_one() {
  case $name in */* | . | ..) problem "$name: not a name for a folder" && return ;; esac
  case $path in /*) from=$path ;; *) from=$root/$path ;; esac
  if [ ! -e "$from" ]; then
    [ "$rank" -ne 0 ] || problem "$name: there is no $path"
    return
  fi
  # Where it really is, for a link on the way may lead anywhere.
  if [ -d "$from" ]; then
    from=$(cd -P "$from" && pwd)
  elif [ -L "$from" ]; then
    problem "$name: $path is a link" && return
  else
    from=$(cd -P "${from%/*}" && pwd)/${from##*/}
  fi
  case $from/ in
    "$root"/* | "${checkpoints:-$root}"/*) ;;
    *) problem "$name: $path is outside the workdir" && return ;;
  esac
  # -P: a link inside stays a link.
  why=$(mkdir -p "$to" 2>&1 && cp -RPp "$from" "$to/$name" 2>&1) || problem "$name: ${why%%"$newline"*}"
  case $link in "$from"/*) ;; *) return ;; esac
  inside=$to/$name/${link#"$from"/}
  [ -L "$inside" ] || return 0
  why=$(rm "$inside" 2>&1 && cp -RPp "$checkpoints" "$inside" 2>&1) || problem "$name: ${why%%"$newline"*}"
}
problem() { problems=${problems:+$problems; }$1; }
