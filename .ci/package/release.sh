#!/usr/bin/env bash
# Makes a release of the last commit: release.sh [FOLDER]. Everything is built from a clean clone; FOLDER (dist without it) gets
# the wheel, the Debian package, the archive, what is new, and SHA256SUMS. docs/releasing.md says what comes before and after.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$top/dist}
mkdir -p "$out"
out=$(cd "$out" && pwd)

if [ -n "$(git -C "$top" status --porcelain)" ]; then
    echo "release.sh: what is not committed is not in the release:" >&2
    git -C "$top" status --short >&2
fi
# The clone and its build can be kept, which makes the next release of the same machine shorter.
work=${VX_RELEASE_FOLDER:-}
if [ -z "$work" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi
[ -e "$work/vx" ] || git clone -q --no-local "$top" "$work/vx"
cd "$work/vx"
git fetch -q "$top" HEAD
git -c advice.detachedHead=false checkout -q --force FETCH_HEAD
git clean -q -ffdx
# The time that stands in every file of every package, so that the same program gives the same packages.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

bash .ci/package/build.sh "$work/program" "$work/scratch"
version=$("$work/program" --version)
newest=$(python3 .ci/package/changelog.py version)
if [ "$version" != "$newest" ]; then
    echo "release.sh: the program says $version, and docs/changelog.md begins with $newest" >&2
    exit 1
fi

bash .ci/package/files.sh "$out" | while IFS= read -r file; do rm -f "$out/$file"; done
bash .ci/package/tarball.sh "$work/program" "$out"
if [ "$(uname -s)" = Linux ]; then
    python3 .ci/package/wheel.py "$work/program" "$out"
    bash .ci/package/deb.sh "$work/program" "$out"
fi
{ python3 .ci/package/changelog.py notes && echo && awk '/^## / { on = $0 == "## Install it" } on' README.md; } >"$out/NOTES.md"
sum() { if command -v sha256sum >/dev/null 2>&1; then sha256sum "$1"; else shasum -a 256 "$1"; fi; }
bash .ci/package/files.sh "$out" | (cd "$out" && while IFS= read -r file; do sum "$file"; done >SHA256SUMS)
cat "$out/SHA256SUMS"
