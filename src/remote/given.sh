# shellcheck shell=sh
# Envs of the job with a lower-case name. The scripts' own variables have such names, and what a shell was given by environment it hands on as it was
# changed: so they are put aside when a script begins, and given back right before the job's programs start. Read first of all, by each script
# that the job's environment goes through. Names that begin with TRAINYARD_ are no job's.

TRAINYARD_GIVEN=$(awk 'BEGIN { for (name in ENVIRON) if (name ~ /^[a-z][A-Za-z0-9_]*$/) printf " %s", name }' </dev/null)
for TRAINYARD_NAME in $TRAINYARD_GIVEN; do
  eval "TRAINYARD_GIVEN_$TRAINYARD_NAME=\${$TRAINYARD_NAME-}"
  unset -v "$TRAINYARD_NAME"
done

# give_back: from here on the script's own variables are not to be relied on.
give_back() {
  for TRAINYARD_NAME in $TRAINYARD_GIVEN; do
    eval "export $TRAINYARD_NAME=\"\$TRAINYARD_GIVEN_$TRAINYARD_NAME\""
  done
}
