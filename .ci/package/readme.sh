#!/usr/bin/env bash
# From nothing to the first snapshot by README's lines, as they stand: readme.sh WAY RELEASE README
# WAY is the way to install, of 'wheel', 'deb' and 'archive'; RELEASE the folder that release.sh made. It needs a HOME that may be
# filled, what README says a machine needs, and Python. It counts commands and seconds, and goes on to the colleague who trains again.
set -euo pipefail
way=${1:?"usage: readme.sh WAY RELEASE README"}
export RELEASE=${2:?"usage: readme.sh WAY RELEASE README"}
readme=${3:?"usage: readme.sh WAY RELEASE README"}
limit=300

# The lines that are set in, of one section.
lines() { awk -v wanted="## $1" '/^## / { on = $0 == wanted } on { if (/^    /) print substr($0, 5); else print "" }' "$readme"; }

# The lines of one way: what stands with its own, up to an empty line.
install() { lines "Install it" | awk -v way="$1" 'BEGIN { RS = "" } index($0, way)'; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
    case $way in
    wheel) install 'pip install' ;;
    deb) install 'apt install' ;;
    archive)
        install 'tar -xzf'
        grep -o 'export PATH="$HOME/.local/bin:$PATH"' "$readme"
        ;;
    *)
        echo "readme.sh: no way to install is called '$way'" >&2
        exit 2
        ;;
    esac
    install 'git config --global user.name'
    lines "A tour of five minutes" | sed '/^vx snapshot/q'
} >"$work/first"
{
    # What the rest goes on from.
    sed -n '/^export PATH\|bin\/activate/p' "$work/first"
    echo 'cd penguins'
    lines "A tour of five minutes" | sed '1,/^vx snapshot/d'
    lines "Sharing it"
} >"$work/then"

# A command is a line, or a part of one up to '&&', and not the text that it is given.
commands=$(awk '
    text { text = $0 != "END"; next }
    !/^ *(#|$)/ { count += gsub(/ && /, "") + 1 }
    /<<.END.$/ { text = 1 }
    END { print count }' "$work/first")
cd "$HOME"
begun=$(date +%s)
bash -e "$work/first" </dev/null
seconds=$(($(date +%s) - begun))
git -C penguins rev-parse --verify --quiet penguins-v1 >/dev/null
bash -e "$work/then" </dev/null
echo "from nothing to the first snapshot: $commands commands, $seconds seconds"
[ "$seconds" -lt "$limit" ]
