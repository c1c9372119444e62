#!/bin/sh
# Whether a batch on a monitoring branch has drifted from what its model was trained on. Other branches bring no batch.
#
#   sh drift.sh BRANCH [OLD..NEW]
#
# Without a range: all batches of HEAD. VX_DRIFT_FORMAT (text, markdown, json, github) is the form of the report.
set -eu
branch=$1
case $branch in
monitoring | monitoring/*) ;;
*) exit 0 ;;
esac
# Without a range, no argument.
vx drift --format "${VX_DRIFT_FORMAT:-text}" ${2:+"$2"}
