#!/bin/sh
# Audits paths, with an annotation for each finding.
#
# Reads ECRPASS_PATHS, separated by blanks, and ECRPASS_FAIL_ON.
set -eu
set -f
# shellcheck disable=SC2086
set -- $ECRPASS_PATHS
exec ecrpass audit --format github --fail-on "$ECRPASS_FAIL_ON" -- "$@"
