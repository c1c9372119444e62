#!/usr/bin/env bash
# Holds what release.sh made against what was promised of it: check.sh FOLDER
# The checksums, auditwheel's own word on the wheel, lintian on the Debian package, the wheel in a fresh environment and in
# the workflows of examples/ci, and the time of a start beside git's. auditwheel comes with pip, into an environment that is thrown away.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
packages=$(cd "${1:?"usage: check.sh FOLDER"}" && pwd)
bash "$here/dependencies.sh" try

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
passed=0
check() { # what, command…
    local what=$1 log=$work/log
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok: $what"
    else
        failed=$((failed + 1))
        echo "FAILED: $what" >&2
        cat "$log" >&2
    fi
}

wheel=$(echo "$packages"/vx_data-*.whl)
deb=$(echo "$packages"/vx_*.deb)
archive=$(echo "$packages"/vx-*.tar.gz)
tag=$(basename "$wheel" .whl)
tag=${tag##*-}

checksums() { (cd "$packages" && sha256sum --check SHA256SUMS); }
check "checksums" checksums

python3 -m venv "$work/tools"
"$work/tools/bin/pip" install -q auditwheel
audit() {
    "$work/tools/bin/auditwheel" show "$wheel" | tee "$work/audit"
    tr -s ' \n' ' ' <"$work/audit" | grep -qF "\"$tag\""
}
check "auditwheel says $tag" audit

lint() { lintian --fail-on error "$deb"; }
check "lintian finds no error" lint

fresh() {
    python3 -m venv "$work/fresh" && "$work/fresh/bin/pip" install --no-index "$wheel" && "$work/fresh/bin/vx" --version &&
        test -e "$work/fresh/share/man/man1/vx-add.1"
}
check "the wheel in a fresh environment" fresh

local_folder() { mkdir "$work/local" && tar -xzf "$archive" --strip-components=1 -C "$work/local" && "$work/local/bin/vx" --version; }
check "the archive in a folder such as ~/.local" local_folder

check "the workflows for GitHub and GitLab with the wheel" bash "$here/workflows.sh" "$wheel"

same() {
    dpkg-deb --fsys-tarfile "$deb" | tar -xOf - ./usr/bin/vx >"$work/from-deb"
    cmp "$work/from-deb" "$work/local/bin/vx" && cmp "$work/from-deb" "$work/fresh/bin/vx"
}
check "one program in all three" same

# The least of many starts: what else the machine does only ever adds.
start() {
    python3 - "$work/local/bin/vx" <<'PYTHON'
import subprocess, sys, time

def least(program):
    best = 1e9
    for _ in range(200):
        begun = time.perf_counter()
        subprocess.run([program, "--version"], stdout=subprocess.DEVNULL, check=True)
        best = min(best, time.perf_counter() - begun)
    return best * 1000

nothing, git, vx = least("/bin/true"), least("git"), least(sys.argv[1])
print(f"a start of vx takes {vx:.2f} ms, of git {git:.2f}, of nothing {nothing:.2f}")
sys.exit(vx > 3 * git)
PYTHON
}
check "a start within three times git's" start
cat "$work/log"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
