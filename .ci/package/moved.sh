#!/bin/sh
# git goes on in a clone whose vx was moved, was replaced by another package's, and is gone: moved.sh VX FOLDER
# VX is the program that sets the clone up, FOLDER the one that another package's is in. PATH names none, and HOME may be filled.
set -eu
vx=$1
other=$2
plain=$PATH

fail() {
    echo "moved.sh: $1" >&2
    exit 1
}
! command -v vx >/dev/null || fail "PATH has a vx already"

mkdir -p "$HOME/first"
cd "$HOME"
git config --global user.name "A mover"
git config --global user.email mover@example.org
cp "$vx" first/vx
PATH="$HOME/first:$plain"
vx init -q moved
cd moved
mkdir data
seq 3 >data/a.csv
vx add -q data
git add --all
git commit -q -m three
git switch -q -c four
seq 4 >data/a.csv
vx add -q data
git commit -q -m four
git branch -q three HEAD~1

# works WHAT: there and back again, each time with the data of the branch, and without a word.
works() {
    for branch in three four; do
        said=$(git switch -q "$branch" 2>&1)
        [ -z "$said" ] || fail "$1: $said"
        case $branch in three) seq 3 ;; four) seq 4 ;; esac | cmp - data/a.csv || fail "$1: not the data of $branch"
    done
    [ -z "$(git status --short)" ] || fail "$1: git sees changes"
}
works "where it was"

mv "$HOME/first" "$HOME/second"
PATH="$HOME/second:$plain"
works "moved"

rm -r "$HOME/second"
PATH="$other:$plain"
works "replaced"

PATH=$plain
said=$(git switch -q three 2>&1)
[ "$said" = "vx is not installed: files may show as pointers until it is" ] || fail "gone: $said"
head -n 1 data/a.csv | grep -qx "version vx/1" || fail "gone: no pointer stays in place of the data"
[ -z "$(git status --short)" ] || fail "gone: git sees changes"

PATH="$other:$plain"
vx hydrate -q
seq 3 | cmp - data/a.csv || fail "back again: not the data"
works "back again"
echo "git switch: with vx moved, replaced, gone, and back again"
