#!/usr/bin/env bash
# Names the packages in a folder, one a line: files.sh FOLDER. Whatever else somebody keeps there is none of ours.
set -euo pipefail
cd "${1:?"usage: files.sh FOLDER"}"
for file in vx_data-*.whl vx_*.deb vx-*.tar.gz; do
    if [ -f "$file" ]; then printf '%s\n' "$file"; fi
done
