#!/usr/bin/env bash
# Builds the portable vx: build.sh PROGRAM [SCRATCH]. PROGRAM is the file to write, SCRATCH where the build is kept.
#
# It runs on every Linux with the C library of VX_OLDEST (Debian's bullseye, 2.31) or a later one, and holds Swift's runtime, zstd,
# libyaml and libgit2; libcurl is the machine's, as the libraries for images are (docs/decisions/0040). What that says is checked
# here. On macOS it is an ordinary release build, for machines like this one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
program=${1:?"usage: build.sh PROGRAM [SCRATCH]"}
scratch=${2:-$top/.build/portable}
mkdir -p "$(dirname "$program")" "$scratch"
limit=25000000

fail() {
    echo "build.sh: $1" >&2
    exit 1
}

swift_build() { swift build --package-path "$top" --scratch-path "$scratch" -c release --product vx "$@"; }

if [ "$(uname -s)" != Linux ]; then
    bash "$top/.ci/dependencies.sh"
    swift_build
    cp "$(swift_build --show-bin-path)/vx" "$program"
    strip "$program"
    exit 0
fi

bash "$here/dependencies.sh" build
bash "$here/sysroot.sh" "$scratch/sysroot"
VX_SYSROOT=$(cd "$scratch/sysroot" && pwd)
export VX_SYSROOT PKG_CONFIG_PATH=$VX_SYSROOT/pkgconfig
# The linker leaves out what nobody calls: each function has a section of its own, and none is marked as one that others ask for.
# And the same commit gives the same program, whatever was built in SCRATCH before: the compiler keeps no object of other options.
portable=(--static-swift-stdlib -Xcc -ffunction-sections -Xcc -fdata-sections)
for option in -function-sections -internalize-at-link -disable-incremental-llvm-codegen; do
    portable+=(-Xswiftc -Xfrontend -Xswiftc "$option")
done
swift_build "${portable[@]}"
strip --strip-all -o "$program" "$(swift_build "${portable[@]}" --show-bin-path)/vx"

# What was promised of it.
allowed=$(find "$VX_SYSROOT/lib" -name 'libc-2.*.so' | grep -o '2\.[0-9]*' | tail -n 1)
asked=$(objdump -T "$program" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
newest=$(printf '%s\n' "${asked#GLIBC_}" "$allowed" | sort -V | tail -n 1)
[ "$newest" = "$allowed" ] || fail "it asks for glibc ${asked#GLIBC_}, and is to run with $allowed"
loaded=$(objdump -p "$program" | awk '$1 == "NEEDED" { print $2 }')
extra=$(printf '%s\n' "$loaded" | grep -vE '^(lib(c|m|dl|pthread|rt|util)\.so\.[0-9]|ld-linux-.*)$' || true)
[ -z "$extra" ] || fail "it loads $extra, which not every machine has"
size=$(wc -c <"$program")
[ "$size" -lt "$limit" ] || fail "it has $size bytes, and is to have less than $limit"
"$program" --version >/dev/null
echo "$program: $size bytes, glibc ${asked#GLIBC_} or later, loads" $loaded
