#!/bin/sh
# What a project needs of CI: the rules of the branch, that no tag has moved, and that its data can be had.
#
#   sh check.sh BRANCH [OLD..NEW]
#
# Without a range: what the branch has beyond origin. VX_FORMAT (text, github, junit, sarif, json) is the form of the report.
set -eu
branch=$1
range=${2:-}
# One report, whose form some CI servers take as one document. Without quotes, so that no range is no argument.
# shellcheck disable=SC2086
vx check --branch "$branch" --format "${VX_FORMAT:-text}" --tags $range
# Lays the data down, and ends with 3 where some of it is in no store or remote within reach.
vx install --quiet
