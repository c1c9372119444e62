#!/usr/bin/env bash
# Walks the whole convention on real data: from the first raw file to a model that is reproduced bit by bit.
#
#   bash examples/quickstart/run.sh [FOLDER]
#
# FOLDER is where the project is made; a new temporary folder without it. VX_BINARY=/path/to/vx uses that binary instead
# of building one. Nothing outside the folder and the build folder is changed, the user's git configuration neither.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
steps=15
. "$top/examples/walk.sh"

begin quickstart "$@"

say "dependencies: what vx is built with, and python3"
if [ -z "${VX_BINARY:-}" ]; then bash "$top/.ci/dependencies.sh"; fi
if ! command -v python3 >/dev/null 2>&1; then
    echo "The walk trains a model with python3 (3.8 or later, nothing besides), which is not in PATH." >&2
    exit 1
fi

find_vx

project=$scratch/penguins
mkdir "$project"
cd "$project"

say "main: a new project in $project, with its problem stated"
run vx init
settle "Quickstart"
cp "$here/project/PROBLEM.md" .
cp "$here/project/gitignore" .gitignore
cp "$here/project/vx.yaml" vx.yaml
mkdir -p scripts
cp "$here/project/scripts/clean.py" scripts/
run git add --all
run git commit -m "State the problem"

# A season's rows, with the header.
season() {
    awk -F, -v year="$1" 'NR == 1 || $8 == year' "$here/data/penguins.csv"
}

short() {
    git rev-parse --short=10 "$1"
}

# raw SEASON…: new files on the branch that only ever grows; no checkout.
raw() {
    local year files=()
    for year; do
        season "$year" >"$scratch/penguins-$year.csv"
        files+=("$scratch/penguins-$year.csv")
    done
    run vx ingest "${files[@]}" --source "palmerpenguins penguins.csv (CC0), doi:10.5281/zenodo.3960218"
}

# snapshot TAG: everything that made the model, under one name.
snapshot() {
    run vx snapshot --tag "$1" --params params.json --metrics metrics.json --model model.json --command "python3 train.py"
}

# Every branch starts at main's first commit and adds only what it is for, so that git merges them without a word.
for branch in dev/penguins stable/penguins monitoring/prod; do run git branch "$branch" main; done

say "raw: the seasons 2007 and 2008, each commit says where its data came from"
raw 2007 2008

say "clean: drop the rows that are incomplete or impossible, derived from raw@$(short raw)"
run vx clean

say "split: train, validation and test by a keyed hash of each row, derived from clean@$(short clean)"
run vx split

say "dev/penguins: the code, on a branch without data"
run git checkout dev/penguins
cp "$here"/project/{penguins.py,train.py,predict.py,params.json} .
run git add --all
run git commit -m "Train a softmax regression"

say "stable/penguins: merge the code from dev/penguins and the data from split, and train"
run git checkout stable/penguins
run git merge --no-ff dev/penguins -m "Take the code from dev/penguins"
run git merge --no-ff split -m "Take the data from split"
run python3 train.py

say "snapshot: code, data, parameters, metrics and model under the tag penguins-v1; its record goes to main"
snapshot penguins-v1
show vx runs

say "more data: the season 2009 goes to raw, clean and split"
raw 2009
run vx clean
run vx split

say "stable/penguins again: merge split, train, and tag the second snapshot penguins-v2"
run git checkout stable/penguins
run git merge --no-ff split -m "Take the season 2009 from split"
run python3 train.py
snapshot penguins-v2

say "monitoring/prod: a batch from production with its predictions; the commit names the model, penguins-v1"
run git checkout penguins-v1
# Production sees no species and no missing measurement.
season 2009 | awk -F, -v OFS=, 'NR == 1 || $3 != "NA" && count++ < 40 { print $2, $3, $4, $5, $6 }' \
    >"$scratch/batch.csv"
run python3 predict.py "$scratch/batch.csv" "$scratch/predictions.csv"
run git checkout monitoring/prod
mkdir -p batches/2009-11-20
cp "$scratch/batch.csv" "$scratch/predictions.csv" batches/2009-11-20/
run vx add batches
run git commit -m "Log the batch of 2009-11-20" -m "Model: penguins-v1"

say "git checkout penguins-v1: code, data, metrics and model of the first snapshot together"
run git checkout penguins-v1
if [ -n "$(git status --porcelain)" ] || [ -e data/split/train/penguins-2009.csv ]; then
    echo "The workspace is not what penguins-v1 names." >&2
    exit 1
fi
show ls model.json metrics.json data/split/train

say "reproduce: train penguins-v1 again in a worktree of its own, and compare"
show vx reproduce penguins-v1

say "runs: every snapshot there is, read from main; and the road, with every rule held"
run git checkout main
show vx runs
show vx flow
show vx check --all

cat <<END

That is the whole road. The project is in $project; look around with

   cd $project
   export PATH="$bin:\$PATH"
   git log --graph --oneline --all     where each branch stands
   git show penguins-v1                the first snapshot's tag
   git show main:tracking/runs         the records main keeps
   vx diff penguins-v1 penguins-v2     which data files changed between the two

Next: README.md for the tour, docs/architecture.md for how it works. Every command's output is in
$log.
END
