#!/usr/bin/env bash
# Runs the unit tests with a sanitizer of the compiler: bash Tests/sanitize.sh address|thread [FILTER]
# Builds into a folder of its own; the first time takes as long as a build from nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:-}
case $kind in
address | thread) ;;
*)
    echo "usage: bash Tests/sanitize.sh address|thread [FILTER]" >&2
    exit 2
    ;;
esac
# Tests that drive the binary start other programs; what they would show, the unit tests of the same code do.
filter=${2:-VxModelTests|VxStoreTests|VxRemoteTests|VxGitTests|VxConfigTests|VxTableTests|VxDriftTests|VxFlowTests|VxTrackingTests|FuzzTests}
# Swift's runtime keeps memory until the process ends, and libraries are loaded at their first call and never closed.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}
exec swift test --sanitize "$kind" --scratch-path ".build-$kind" --disable-xctest --filter "$filter"
