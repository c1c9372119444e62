# What the walks of the examples share: numbered steps, a log, a folder of their own, and the vx they walk with. Their scripts
# read it with '.' and set 'steps', how many steps they have, and 'top', this repository's folder. Status 77 means skipped.

step=0
log=

# One line per step; what the commands print goes to the log.
say() {
    step=$((step + 1))
    printf '== %2d/%d %s\n' "$step" "$steps" "$*"
    if [ -n "$log" ]; then printf '\n== %d/%d %s\n' "$step" "$steps" "$*" >>"$log"; fi
}

run() {
    printf '$ %s\n' "$*" >>"$log"
    "$@" >>"$log" 2>&1
}

# The same for a command whose result is the point of the step.
show() {
    printf '$ %s\n' "$*" | tee -a "$log" | sed 's/^/   /'
    "$@" 2>&1 | tee -a "$log" | sed 's/^/   /'
}

explain_failure() {
    local status=$?
    if [ "$status" -eq 0 ] || [ "$status" -eq 77 ] || [ "$step" -eq 0 ]; then return; fi
    echo "Step $step failed with status $status." >&2
    if [ -s "$log" ]; then
        echo "The end of its log, $log:" >&2
        tail -n 30 "$log" >&2
    fi
}
trap explain_failure EXIT

# Swift's package manager keeps caches in the home folder and does not start without one.
if [ -z "${HOME:-}" ]; then
    HOME=$(mktemp -d)
    export HOME
fi

# begin NAME [FOLDER]: makes the folder everything goes into, $scratch, and the log in it.
begin() {
    local name=$1
    shift
    if [ $# -gt 0 ]; then
        mkdir -p "$1"
        scratch=$(cd "$1" && pwd)
        if [ -n "$(ls -A "$scratch")" ]; then
            echo "$scratch is not empty; name a new folder." >&2
            exit 2
        fi
    else
        scratch=$(mktemp -d "${TMPDIR:-/tmp}/vx-$name.XXXXXX")
    fi
    log=$scratch/$name.log
}

# Puts the vx to walk with first in PATH, the one that VX_BINARY names or a release build, and its folder into $bin.
find_vx() {
    local release
    if [ -n "${VX_BINARY:-}" ]; then
        say "vx: the binary you named, $VX_BINARY"
        bin=$(cd "$(dirname "$VX_BINARY")" && pwd)
    else
        release=(-c release --product vx)
        # The Swift library goes into the binary where the system has none of its own.
        if [ "$(uname -s)" = Linux ]; then release+=(--static-swift-stdlib); fi
        cd "$top"
        bin=$(swift build "${release[@]}" --show-bin-path)
        say "build: a release binary, $bin/vx (a first build takes a few minutes)"
        run swift build "${release[@]}"
    fi
    export PATH="$bin:$PATH"
    # What a hook or a shell around this script may have set would lead git to another repository.
    unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
    # No editor for the merges, no pager for the tables.
    export GIT_MERGE_AUTOEDIT=no GIT_PAGER=cat
}

# settle NAME: this repository's own configuration: the walk must not depend on the user's, nor change it.
settle() {
    run git config user.name "$1"
    run git config user.email "walk@example.com"
    run git config commit.gpgSign false
    run git config tag.gpgSign false
    run git config advice.detachedHead false
}
