#!/usr/bin/env bash
# Walks the convention with image files, some of them broken: from the scanner to a model that is reproduced bit by bit.
#
#   bash examples/digits/run.sh [FOLDER]
#
# FOLDER is where the project is made; a new temporary folder without it. VX_BINARY=/path/to/vx uses that binary instead
# of building one, VX_PYTHON=/path/to/python one that has scikit-learn already. Nothing outside the folder and the build
# folder is changed, the user's git configuration neither. Ends with 77 where scikit-learn cannot be had.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
steps=13
. "$top/examples/walk.sh"

begin digits "$@"

say "dependencies: what vx is built with, python3, and scikit-learn in an environment of its own"
if [ -z "${VX_BINARY:-}" ]; then bash "$top/.ci/dependencies.sh"; fi
if [ -n "${VX_PYTHON:-}" ]; then
    python_bin=$(cd "$(dirname "$VX_PYTHON")" && pwd)
else
    if ! command -v python3 >/dev/null 2>&1; then
        echo "The walk trains a model with python3 (3.9 or later), which is not in PATH." >&2
        exit 1
    fi
    if ! run python3 -m venv "$scratch/python" || ! run "$scratch/python/bin/pip" install --quiet scikit-learn; then
        # The digits come with the package: without it there is no data to walk with.
        echo "Skipped: pip could not install scikit-learn, which brings the digits (no network?)." >&2
        echo "With one that has it: VX_PYTHON=/path/to/python bash examples/digits/run.sh. pip's own words are in" >&2
        echo "$log." >&2
        exit 77
    fi
    python_bin=$scratch/python/bin
fi

find_vx
export PATH="$python_bin:$PATH"

project=$scratch/digits
mkdir "$project"
cd "$project"

say "main: vx init --template makes a project in $project, with a branch for each role; the problem is stated"
run git init --initial-branch main
settle "Digits"
run vx init --template
cp "$here"/project/{PROBLEM.md,vx.yaml} .
run git commit --all -m "State the problem, and what is clean"
show git branch --list

# raw FIRST LAST [--break]: new files on the branch that only ever grows; no checkout.
raw() {
    run python3 "$here/deliver.py" "$scratch/scanner/$1/digits" "$@"
    show vx ingest "$scratch/scanner/$1/digits" --source "scikit-learn load_digits (UCI, CC BY 4.0), digits $1 to $2"
}

# snapshot TAG: everything that made the model, under one name.
snapshot() {
    run vx snapshot --tag "$1" --params params.json --metrics metrics.json --model model.json --command "python3 train.py"
}

say "raw: the first 1,500 digits, and five files that are no good; the second copy is not taken in again"
raw 0 1500 --break

say "clean: only whole images; the four broken ones are left out, and the report says why"
show vx clean

say "split: the same share of each digit on every side"
show vx split
python3 - <<'END' | tee -a "$log" | sed 's/^/   /'
import json, subprocess

show = ["git", "show", "split:manifests/split.json"]
manifest = json.loads(subprocess.run(show, capture_output=True, check=True).stdout)
for side, held in sorted(manifest["sides"].items()):
    print(side.ljust(11), " ".join(f"{digit}:{count}" for digit, count in sorted(held["strata"].items())))
END

say "dev/explore: the code, and main's statement of the problem"
run git checkout dev/explore
run git merge --no-ff main -m "Take the problem from main"
cp "$here"/project/{images.py,train.py,params.json} .
run git add --all
run git commit -m "Train a softmax regression"

say "stable/model: merge the code from dev/explore and the data from split, train, and tag digits-v1"
run git checkout stable/model
run git merge --no-ff dev/explore -m "Take the code from dev/explore"
run git merge --no-ff split -m "Take the data from split"
show python3 train.py
snapshot digits-v1

say "more data: the other 297 digits go to raw, clean and split; what a reviewer is shown of it"
raw 1500 1797
run vx clean
run vx split
"$bin/vx" diff split~1 split --format markdown >"$scratch/review.md"
sed -n '1,8s/^/   /p' "$scratch/review.md"

say "stable/model again: merge split, train, and tag digits-v2"
run git merge --no-ff split -m "Take the other digits from split"
show python3 train.py
snapshot digits-v2

say "reproduce: train digits-v1 again in a worktree of its own, and compare"
show vx reproduce digits-v1

say "a mistake: an image is moved from test to train by plain git, and the hook refuses"
run git checkout split
moved=$(git ls-files data/split/test | sed -n 1p)
run git mv "$moved" "data/split/train/${moved#data/split/test/}"
if git commit --quiet -m "Move an image" >"$scratch/refused" 2>&1; then
    echo "The commit should have been refused." >&2
    exit 1
fi
sed 's/^/   /' "$scratch/refused"
run git reset --hard

say "runs: both snapshots, read from main; and the road, with every rule held"
run git checkout main
show vx runs
show vx flow
show vx check --all

cat <<END

The project is in $project; look around with

   cd $project
   export PATH="$python_bin:$bin:\$PATH"
   git show clean:manifests/clean.json     what was left out, and why
   git show split:manifests/split.json     the division and its proof
   git log --graph --oneline --all         where each branch stands
   cat $scratch/review.md                  the whole data review

Every command's output is in
$log.
END
