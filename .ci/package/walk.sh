#!/bin/sh
# What an installed vx must be able to do, with nothing but git beside it: try.sh runs this in an empty root.
# Usage: walk.sh FOLDER [ENDPOINT BUCKET/PREFIX]. ENDPOINT is where something speaks S3, with the keys in the environment.
set -eu

folder=$1
endpoint=${2:-}
mkdir -p "$folder"
cd "$folder"
export HOME="$folder" GIT_CONFIG_NOSYSTEM=1
git config --global user.name "A walker"
git config --global user.email walker@example.org
git config --global init.defaultBranch main

fail() {
    echo "walk.sh: $1" >&2
    exit 1
}

vx --version

# init, add, commit.
vx init project
cd project
git add --all
git commit -q -m "Start"
mkdir data
awk 'BEGIN { for (i = 0; i < 50000; i++) print i "," i * i % 9973 }' >data/table.csv
vx add data
git commit -q -m "Add the table" -m "Source: made by awk"
git cat-file -p HEAD:data/table.csv | grep -q '^oid sha256:' || fail "git holds the data and not a pointer"

# push to a folder, clone.
vx remote add folder "$folder/storage"
git commit -q -am "Data goes to a folder"
git init -q --bare "$folder/hub.git"
git remote add origin "$folder/hub.git"
git push -q -u origin main
cd "$folder"
vx clone "$folder/hub.git" clone
cmp project/data/table.csv clone/data/table.csv || fail "the clone has other bytes"

# A switch of git's own moves the data, too.
cd "$folder/project"
git switch -q -c other
echo 50000,0 >>data/table.csv
vx add data
git commit -q -m "One row more" -m "Source: made by echo"
git switch -q main
[ "$(wc -l <data/table.csv)" -eq 50000 ] || fail "git switch left the data of the other branch"

# push to S3, hydrate from it.
if [ -n "$endpoint" ]; then
    vx remote add bucket "s3://$3" -o "endpoint=$endpoint" --default
    git commit -q -am "Data goes to a bucket"
    git push -q
    cd "$folder"
    # A bucket gets no key before somebody has said so: the clone has pointers, and says what to type.
    vx clone "$folder/hub.git" second || true
    cd second
    vx trust
    vx hydrate
    cmp "$folder/project/data/table.csv" data/table.csv || fail "the bucket gave other bytes"
    cd "$folder/project"
fi

# snapshot, reproduce.
git switch -q -c stable/sums
cat >train.sh <<'TRAIN'
awk -F, '{ sum += $2 } END { print sum > "model.txt"; printf "{\"sum\": %d}\n", sum > "metrics.json" }' data/table.csv
TRAIN
printf '{"column": 2}\n' >params.json
git add train.sh params.json
git commit -q -m "Sum it up"
sh train.sh
vx snapshot --tag sums-v1 --params params.json --metrics metrics.json --model model.txt --command "sh train.sh"
vx reproduce sums-v1
vx runs
echo "walked"
