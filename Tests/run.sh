#!/usr/bin/env bash
# Installs what is missing, builds, runs every test and ends with one line of counts.
# Arguments go to 'swift test', for example: bash Tests/run.sh --filter Transcript
set -euo pipefail
cd "$(dirname "$0")/.."

# Swift's package manager keeps caches in the home folder and does not start without one.
if [ -z "${HOME:-}" ]; then
    HOME=$(mktemp -d)
    export HOME
fi

bash .ci/dependencies.sh

mkdir -p .build
log=.build/tests.log
report=$PWD/.build/tests.xml
# Where more than one test library runs, swift test puts this one's name into the file's.
other_report=$PWD/.build/tests-swift-testing.xml
rm -f "$report" "$other_report"

echo "Building vx and its tests (a first build takes a few minutes) …"
if ! swift build --build-tests >"$log" 2>&1; then
    cat "$log"
    echo "The build failed; no test ran." >&2
    echo "0 passed, 0 failed, 0 skipped"
    exit 1
fi

echo "Running the tests; everything they print is in $log …"
status=0
swift test --skip-build --disable-xctest --xunit-output "$report" "$@" >"$log" 2>&1 || status=$?

# What passed is in the log; what a reader must see is the rest. A line without a mark belongs to the one above it.
if [ "$status" -ne 0 ]; then
    awk '
        /^(◇|✔)/                                         { show = 0 }
        /^(✘|━|➜)/ || /[Ff]atal error|[Cc]rashed|error:/ { show = 1 }
        show
    ' "$log"
fi

if [ -s "$other_report" ]; then mv "$other_report" "$report"; fi
if [ ! -s "$report" ]; then
    echo "The test run ended before it could report (status $status)." >&2
    echo "0 passed, 0 failed, 0 skipped"
    exit 1
fi

# One <testcase> per test; a failed one holds <failure>, possibly several, a skipped one <skipped>.
counts=$(awk '
    /<testcase /             { cases++; failing = 0 }
    /<failure|<error/        { if (!failing) failed++; failing = 1 }
    /<skipped/               { skipped++ }
    END                      { printf "%d %d %d", cases - failed - skipped, failed, skipped }
' "$report")
read -r passed failed skipped <<<"$counts"

if [ "$status" -eq 0 ] && [ "$failed" -ne 0 ]; then status=1; fi
if [ "$status" -eq 0 ] && [ "$passed" -eq 0 ]; then
    echo "No test ran." >&2
    status=1
fi
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -ne 0 ]; then
    echo "Every test passed, but the test program itself ended with $status." >&2
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
