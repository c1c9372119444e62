#!/usr/bin/env bash
# Lays down what every package holds, as below /usr or ~/.local: stage.sh PROGRAM FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=${1:?"usage: stage.sh PROGRAM FOLDER"}
folder=${2:?"usage: stage.sh PROGRAM FOLDER"}

mkdir -p "$folder"/bin "$folder"/share/{bash-completion/completions,zsh/site-functions,fish/vendor_completions.d,doc/vx}
install -m 755 "$program" "$folder/bin/vx"
vx=$folder/bin/vx
python3 "$here/manual.py" "$vx" "$folder/share/man/man1" "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d 2>/dev/null ||
    date -u -r "$SOURCE_DATE_EPOCH" +%Y-%m-%d)"
# It is read by a shell, not run: its first line would be a lie.
"$vx" --generate-completion-script bash | sed '1{/^#!/d;}' >"$folder/share/bash-completion/completions/vx"
"$vx" --generate-completion-script zsh >"$folder/share/zsh/site-functions/_vx"
"$vx" --generate-completion-script fish >"$folder/share/fish/vendor_completions.d/vx.fish"
cp "$here/copyright" "$folder/share/doc/vx/copyright"
cp "$here/../../docs/changelog.md" "$folder/share/doc/vx/CHANGELOG.md"
find "$folder" -type f ! -path "$vx" -exec chmod 644 {} +
find "$folder" -type d -exec chmod 755 {} +
