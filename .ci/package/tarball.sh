#!/usr/bin/env bash
# Makes the archive that anybody can unpack into ~/.local: tarball.sh PROGRAM FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=${1:?"usage: tarball.sh PROGRAM FOLDER"}
out=${2:?"usage: tarball.sh PROGRAM FOLDER"}

name=vx-$("$program" --version)-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bash "$here/stage.sh" "$program" "$work/$name"
# Of an archive's file, tar keeps the moment, which touch takes in local time.
find "$work/$name" -exec env TZ=UTC touch -h -t "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M.%S 2>/dev/null ||
    date -u -r "$SOURCE_DATE_EPOCH" +%Y%m%d%H%M.%S)" {} +
# In order and without owners, so that the same commit gives the same bytes. Without folders: those of the user keep their modes,
# and a bin that is a link to another folder stays one.
(cd "$work" && find "$name" ! -type d | LC_ALL=C sort >list)
owner=(--owner 0 --group 0 --numeric-owner)
if ! tar --version 2>/dev/null | grep -q GNU; then owner=(--uid 0 --gid 0); fi
tar -C "$work" --no-recursion "${owner[@]}" -cf - -T "$work/list" | gzip -9n >"$out/$name.tar.gz"
echo "$out/$name.tar.gz"
