#!/usr/bin/env bash
# Makes the folder that the portable vx is linked against: the C library of the oldest Debian whose packages are still to be had,
# and the archives that go into the program. Usage: sysroot.sh FOLDER
#
# Linked against an old C library, a program runs with that one and every later one. Its own archives (zstd, libyaml and libgit2)
# are this machine's, with this machine's security updates. VX_OLDEST names another release of Debian.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=${1:?"usage: sysroot.sh FOLDER"}
oldest=${VX_OLDEST:-bullseye}

case $(uname -s) in
Linux) ;;
*)
    echo "A portable build is made on Linux; elsewhere vx is built with 'swift build'." >&2
    exit 1
    ;;
esac
triple=$(cc -print-multiarch)

mkdir -p "$root"
root=$(cd "$root" && pwd)
if [ "$(cat "$root/made" 2>/dev/null)" != "$oldest" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    # An apt of its own, over the mirror that this machine's apt uses: the machine's packages and lists stay as they are.
    mirror=$(apt-get indextargets --format '$(SITE)' | sort -u | grep -v security | head -n 1)
    echo "deb $mirror $oldest main" >"$work/sources.list"
    mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/debs"
    apt=(apt-get -q -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State=$work/state" -o Dir::State::status=/dev/null -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
    "${apt[@]}" update >/dev/null
    # The compiler's own part has a number in its name.
    stdcxx=$(apt-cache "${apt[@]:2}" pkgnames libstdc++- | grep -E '^libstdc\+\+-[0-9]+-dev$' | sort -V | tail -n 1)
    (cd "$work/debs" && "${apt[@]}" download libc6 libc6-dev "$stdcxx" "${stdcxx/stdc++/gcc}" >/dev/null)
    rm -rf "${root:?}"/*
    for package in "$work"/debs/*.deb; do dpkg-deb --extract "$package" "$root"; done
    # An archive where the linker would prefer a library that is loaded: the C++ library goes in, too.
    find "$root/usr/lib/gcc" -name 'lib*.so' -delete
    rm -rf "$root/usr/share" "$root/etc"
    # What points to the root of a machine is to point into this folder.
    find "$root" -type l -lname '/*' | while IFS= read -r link; do ln -snf "$root$(readlink "$link")" "$link"; done
    echo "$oldest" >"$root/made"
fi

libraries=$root/usr/lib/$triple
for archive in libzstd.a libyaml.a libpcre2-8.a libhttp_parser.a libz.a; do
    cp "$(cc -print-file-name=$archive)" "$libraries/"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Swift's runtime is compiled for a newer C++ library than the old Debian's.
stdcxx=$(dirname "$(find "$root/usr/lib/gcc" -name crtbegin.o)")/libstdc++.a
cp "$(cc -print-file-name=libstdc++.a)" "$stdcxx"
cc -O2 -Wall -Wextra -c "$here/libstdc++-old-glibc.c" -o "$work/old-glibc.o"
ar r "$stdcxx" "$work/old-glibc.o"

# libgit2 without its parts for networks, and so without the libraries those want.
cp "$(cc -print-file-name=libgit2.a)" "$work/libgit2.a"
for object in http httpclient git socket tls ssh auth_ntlm auth_negotiate mbedtls mbedtls; do # two have the last name
    ar d "$work/libgit2.a" "$object.c.o"
done
cc -O2 -fPIC -Wall -Wextra -c "$here/libgit2-offline.c" -o "$work/offline.o"
ar r "$work/libgit2.a" "$work/offline.o" 2>/dev/null
mv "$work/libgit2.a" "$libraries/libgit2.a"

# Swift's own libraries, whose functions the linker may leave out where nobody calls them.
runtime=$(swiftc -print-target-info -static-stdlib | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
rm -rf "$root/swift"
python3 "$here/loosen.py" "${runtime:?swiftc does not say where its libraries are}" "$root/swift"

# What pkg-config tells the build: these archives, and no other folder than this one.
mkdir -p "$root/pkgconfig"
for pair in libzstd:zstd yaml-0.1:yaml; do
    printf 'Name: %s\nDescription: inside the portable vx\nVersion: 0\nLibs: -L%s -l%s\n' \
        "${pair%:*}" "$libraries" "${pair#*:}" >"$root/pkgconfig/${pair%:*}.pc"
done
