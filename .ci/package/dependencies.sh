#!/usr/bin/env bash
# Installs what the packages are built and tried with, beyond what vx is built with, where it is missing (Debian, Ubuntu).
# Arguments: what for, of 'build' and 'try'; without any, both. Prints nothing when everything is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

bash .ci/dependencies.sh

missing=()
want() { # what tells that it is there: a program or a file of the compiler's; package
    case $1 in
    *.a) [ -e "$(cc -print-file-name="$1")" ] || missing+=("$2") ;;
    *) command -v "$1" >/dev/null 2>&1 || missing+=("$2") ;;
    esac
}
[ $# -gt 0 ] || set -- build try
for purpose in "$@"; do
    case $purpose in
    build)
        want cc gcc
        want ar binutils
        want python3 python3
        want dpkg-deb dpkg
        want libhttp_parser.a libhttp-parser-dev
        want libpcre2-8.a libpcre2-dev
        want libz.a zlib1g-dev
        ;;
    try)
        want debootstrap debootstrap
        want lintian lintian
        want python3 python3
        ;;
    *)
        echo "usage: dependencies.sh [build] [try]" >&2
        exit 2
        ;;
    esac
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "The packages need ${missing[*]}; on Debian or Ubuntu, as root, type: apt-get install ${missing[*]}" >&2
    exit 1
fi
echo "Installing what is missing with apt: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || {
    apt-get update -q >/dev/null
    apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
}
