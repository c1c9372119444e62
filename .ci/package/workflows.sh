#!/usr/bin/env bash
# Runs the steps of examples/ci as the services do, in clean clones, with the wheel of a release: workflows.sh WHEEL
# What a service does besides, its own actions and caches, is not here.
set -euo pipefail
export VX_WHEEL=${1:?"usage: workflows.sh WHEEL"}
examples=$(cd "$(dirname "$0")/../../examples/ci" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home
mkdir "$HOME"
git config --global user.name "A pusher"
git config --global user.email pusher@example.org
zeros=0000000000000000000000000000000000000000

# A project that was pushed, with data in a folder, made by the same wheel's vx.
python3 -m venv "$work/own"
"$work/own/bin/pip" install -q "$VX_WHEEL"
(
    export PATH=$work/own/bin:$PATH
    cd "$work"
    git init -q --bare server.git
    vx init -q project
    cd project
    mkdir data
    seq 9 >data/a.csv
    vx add -q data
    vx remote add -q store "$work/store"
    git add --all
    git commit -q -m "Add the table" -m "Source: made by seq"
    git remote add origin "$work/server.git"
    git push -q --set-upstream origin main
)
head=$(git -C "$work/project" rev-parse HEAD)
branch=$(git -C "$work/project" branch --show-current)

# The blocks of GitHub's 'run:', one file each.
git clone -q --branch "$branch" "$work/server.git" "$work/hub"
mkdir "$work/steps" "$work/runner"
awk -v folder="$work/steps" '
    /^        run: \|$/ { file = folder "/" ++count; next }
    /^        run: /    { sub(/^        run: /, ""); print > (folder "/" ++count); next }
    file && /^          / { print substr($0, 11) > file; next }
    { file = "" }' "$examples/github.yml"
export RUNNER_TEMP=$work/runner GITHUB_PATH=$work/path GITHUB_STEP_SUMMARY=$work/summary.md GITHUB_EVENT_PATH=$work/event.json
printf '{"ref": "refs/heads/%s", "before": "%s", "after": "%s"}\n' "$branch" "$zeros" "$head" >"$GITHUB_EVENT_PATH"
for step in "$work"/steps/*; do
    cat "$step"
    (
        cd "$work/hub"
        if [ -e "$GITHUB_PATH" ]; then PATH=$(tac "$GITHUB_PATH" | tr '\n' ':')$PATH; fi
        GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_REF_NAME=$branch GITHUB_REF_TYPE=branch GITHUB_SHA=$head \
            bash --noprofile --norc -eo pipefail "$step"
    )
done
[ -s "$GITHUB_STEP_SUMMARY" ]

# The lines of GitLab's 'script:'.
git clone -q --branch "$branch" "$work/server.git" "$work/lab"
awk '/^  script:$/ { on = 1; next } on && /^    - / { print substr($0, 7); next } { on = 0 }' "$examples/gitlab.yml" |
    sed "s|/tmp/vx|$work/lab-vx|g" >"$work/script"
cat "$work/script"
(
    cd "$work/lab"
    GITLAB_CI=true CI_PIPELINE_SOURCE=push CI_COMMIT_BRANCH=$branch CI_COMMIT_SHA=$head CI_COMMIT_BEFORE_SHA=$zeros \
        bash -eo pipefail "$work/script"
    [ -s vx.xml ] && [ -s vx.md ]
)
