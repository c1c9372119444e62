#!/usr/bin/env bash
# Lays down what every package holds, as below /usr or ~/.local: stage.sh PROGRAM FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=${1:?"usage: stage.sh PROGRAM FOLDER"}
folder=${2:?"usage: stage.sh PROGRAM FOLDER"}

mkdir -p "$folder"/bin "$folder"/share/{bash-completion/completions,zsh/site-functions,fish/vendor_completions.d,doc/vx/examples}
install -m 755 "$program" "$folder/bin/vx"
vx=$folder/bin/vx
"$vx" manual --quiet "$folder/share/man"
"$vx" completions bash >"$folder/share/bash-completion/completions/vx"
"$vx" completions zsh >"$folder/share/zsh/site-functions/_vx"
"$vx" completions fish >"$folder/share/fish/vendor_completions.d/vx.fish"
cp "$here/copyright" "$folder/share/doc/vx/copyright"
cp "$here/../../docs/changelog.md" "$folder/share/doc/vx/CHANGELOG.md"
cp "$here"/../../examples/ci/*.yml "$folder/share/doc/vx/examples/"
find "$folder" -type f ! -path "$vx" -exec chmod 644 {} +
find "$folder" -type d -exec chmod 755 {} +
