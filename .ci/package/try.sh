#!/usr/bin/env bash
# Installs each package in an empty root and walks through what vx does there, does what README says, line by line, and moves and
# removes vx below a clone: try.sh FOLDER [RELEASE...]
#
# FOLDER is what release.sh made. RELEASE is one of Debian's; without it, the oldest that is to be had, and the one that this
# machine is of. Each root has git and no more: no Swift, no libgit2, and Python only for the wheel. Takes about five minutes the
# first time, one later; needs root (for chroot), and a rclone with 'serve s3' for the bucket (VX_TEST_RCLONE, else PATH): without
# one, the bucket is left out and this is said. VX_ROOTS is where roots are kept; ~/.cache/vx-roots without it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
packages=$(cd "${1:?"usage: try.sh FOLDER [RELEASE...]"}" && pwd)
shift

if [ "$(id -u)" -ne 0 ]; then
    echo "try.sh needs root: an empty root is entered with chroot." >&2
    exit 1
fi
# Mounts end with this namespace, however the script ends.
if [ -z "${VX_TRY_NAMESPACE:-}" ]; then
    export VX_TRY_NAMESPACE=1
    exec unshare --mount --propagation private bash "$here/try.sh" "$packages" "$@"
fi

bash "$here/dependencies.sh" try
roots=${VX_ROOTS:-$HOME/.cache/vx-roots}
mkdir -p "$roots"
work=$(mktemp -d)
server=
cleanup() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
    awk -v work="$work/" 'index($2, work) == 1 { print $2 }' /proc/mounts | tac | xargs -r umount
    rm -rf --one-file-system "$work"
}
trap cleanup EXIT
mirror=$(apt-get indextargets --format '$(SITE)' | sort -u | grep -v security | head -n 1)

if [ $# -eq 0 ]; then set -- "${VX_OLDEST:-bullseye}" "$(. /etc/os-release && echo "$VERSION_CODENAME")"; fi

# An S3 endpoint on loopback.
rclone=${VX_TEST_RCLONE:-$(command -v rclone || true)}
endpoint=
export AWS_ACCESS_KEY_ID=walker AWS_SECRET_ACCESS_KEY=walkerwalkerwalker
if [ -n "$rclone" ] && "$rclone" help serve s3 >/dev/null 2>&1; then
    mkdir -p "$work/served/walk"
    RCLONE_CONFIG=/dev/null "$rclone" serve s3 --addr 127.0.0.1:0 --auth-key "$AWS_ACCESS_KEY_ID,$AWS_SECRET_ACCESS_KEY" \
        "$work/served" >"$work/server.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        endpoint=$(grep -o 'http://127\.0\.0\.1:[0-9]*' "$work/server.log" 2>/dev/null | head -n 1 || true)
        if [ -n "$endpoint" ]; then break; fi
        sleep 0.1
    done
    [ -n "$endpoint" ] || { cat "$work/server.log" >&2; exit 1; }
else
    echo "skipped: the bucket, for there is no rclone with 'serve s3' (VX_TEST_RCLONE)"
fi

# enter ROOT, leave ROOT: what the system gives a root, for as long as something runs in it.
enter() { mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev"; }
leave() { umount -R "$1/proc" "$1/dev"; }

# inside ROOT COMMAND…: runs it there, as root.
inside() {
    local root=$1
    shift
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"
}

# base RELEASE: an empty root, made once. Python is not in it, and git is.
base() {
    local root=$roots/$1
    if [ ! -e "$root.done" ]; then
        rm -rf "$root"
        echo "making the root of $1 …"
        debootstrap --variant=minbase "$1" "$root" "$mirror" >"$root.log" 2>&1 &&
            enter "$root" &&
            inside "$root" apt-get install -y -q --no-install-recommends git ca-certificates >>"$root.log" 2>&1 || {
            tail -n 5 "$root.log" >&2
            exit 1
        }
        leave "$root"
        touch "$root.done"
    fi
}

# walk ROOT PATH PREFIX: the walk as a user of no rights, with this PATH, and this place in the bucket.
walk() {
    local folder=/home/walker
    mkdir -p "$1$folder"
    cp "$here/walk.sh" "$1/walk.sh"
    chown -R 1000:1000 "$1$folder"
    chroot --userspec=1000:1000 "$1" env -i PATH="$2" LC_ALL=C AWS_ACCESS_KEY_ID="$AWS_ACCESS_KEY_ID" \
        AWS_SECRET_ACCESS_KEY="$AWS_SECRET_ACCESS_KEY" sh /walk.sh "$folder" "$endpoint" "walk/$3"
}

# What is installed for each kind of package, and taken away again.
install_wheel() {
    inside "$1" apt-get install -y -q --no-install-recommends python3 python3-venv
    cp "$packages"/vx_data-*.whl "$1/"
    inside "$1" python3 -m venv /opt/venv
    inside "$1" sh -c '/opt/venv/bin/pip install --no-index /vx_data-*.whl'
}
remove_wheel() { inside "$1" /opt/venv/bin/pip uninstall -y vx-data; }
path_wheel=/opt/venv/bin:/usr/bin:/bin

install_deb() {
    cp "$packages"/vx_*.deb "$1/"
    inside "$1" sh -c 'apt-get install -y -q --no-install-recommends /vx_*.deb'
}
remove_deb() { inside "$1" apt-get purge -y -q vx; }
path_deb=/usr/bin:/bin

install_tarball() {
    cp "$packages"/vx-*-linux-*.tar.gz "$1/"
    inside "$1" sh -c 'mkdir -p /home/walker/.local && tar -xzf /vx-*.tar.gz --strip-components=1 -C /home/walker/.local'
}
remove_tarball() { inside "$1" rm -rf /home/walker/.local; }
path_tarball=/home/walker/.local/bin:/usr/bin:/bin

# For README's lines: Python, the release, and what an empty root has none of, sudo and somebody to say yes.
prepare_reader() {
    inside "$1" apt-get install -y -q --no-install-recommends python3 python3-venv && mkdir "$1/release" "$1/standing-in" &&
        cp "$here/readme.sh" "$here/moved.sh" "$here/../../README.md" "$1/" &&
        bash "$here/files.sh" "$packages" | while IFS= read -r file; do cp "$packages/$file" "$1/release/"; done &&
        printf '#!/bin/sh\nexec "$@"\n' >"$1/standing-in/sudo" && chmod 755 "$1/standing-in/sudo" &&
        echo 'APT::Get::Assume-Yes "true";' >"$1/etc/apt/apt.conf.d/yes"
}

# reader ROOT WHAT: README from a way to install to the colleague, or what becomes of a clone whose vx has 'moved'.
reader() {
    local home=/home/$2 command=(bash /readme.sh "$2" /release /README.md)
    if [ "$2" = moved ]; then command=(sh /moved.sh /home/archive/.local/bin/vx /home/wheel/.venv/bin); fi
    mkdir "$1$home" && inside "$1" env HOME="$home" PATH="/standing-in:/usr/sbin:/usr/bin:/sbin:/bin" "${command[@]}"
}

failed=0
passed=0
for release; do
    base "$release"
    for kind in wheel deb tarball; do
        root=$work/$release-$kind
        log=$work/$release-$kind.log
        cp -a "$roots/$release" "$root"
        enter "$root"
        path=path_$kind
        if {
            "install_$kind" "$root" && walk "$root" "${!path}" "$release-$kind" && "remove_$kind" "$root" &&
                ! inside "$root" env PATH="${!path}" sh -c 'command -v vx'
        } >"$log" 2>&1; then
            echo "$release, $kind: walked with vx $(grep -m 1 -E '^[0-9]+\.[0-9]+\.[0-9]+' "$log"), $(inside "$root" git --version), installed and removed"
            passed=$((passed + 1))
        else
            echo "$release, $kind: FAILED" >&2
            tail -n 20 "$log" >&2
            failed=$((failed + 1))
        fi
        leave "$root"
        rm -rf --one-file-system "$root"
    done

    root=$work/$release-readme
    cp -a "$roots/$release" "$root"
    enter "$root"
    prepare_reader "$root" >"$work/log" 2>&1 || {
        tail -n 20 "$work/log" >&2
        exit 1
    }
    # What moves comes before the package that is for every PATH.
    for what in wheel archive moved deb; do
        log=$work/$release-reader-$what.log
        if reader "$root" "$what" >"$log" 2>&1; then
            echo "$release, README, $what: $(tail -n 1 "$log")"
            passed=$((passed + 1))
        else
            echo "$release, README, $what: FAILED" >&2
            tail -n 20 "$log" >&2
            failed=$((failed + 1))
        fi
    done
    leave "$root"
    rm -rf --one-file-system "$root"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
