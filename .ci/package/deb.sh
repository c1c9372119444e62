#!/usr/bin/env bash
# Makes the Debian package: deb.sh PROGRAM FOLDER
# It is the maintainer's of the last commit, or DEBFULLNAME's and DEBEMAIL's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=${1:?"usage: deb.sh PROGRAM FOLDER"}
out=${2:?"usage: deb.sh PROGRAM FOLDER"}

version=$("$program" --version)
architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-$(git -C "$here" log -1 --format=%an)} <${DEBEMAIL:-$(git -C "$here" log -1 --format=%ae)}>"
libc=$(objdump -T "$program" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
bash "$here/stage.sh" "$program" "$root/usr"
doc=$root/usr/share/doc/vx
# Debian's places for what the others look for below ~/.local.
mkdir -p "$root/usr/share/zsh/vendor-completions"
mv "$root/usr/share/zsh/site-functions/_vx" "$root/usr/share/zsh/vendor-completions/_vx"
rmdir "$root/usr/share/zsh/site-functions"
mv "$doc/CHANGELOG.md" "$doc/changelog"
python3 "$here/changelog.py" debian "$version-1" "$maintainer" >"$doc/changelog.Debian"
gzip -9n "$doc/changelog" "$doc/changelog.Debian" "$root"/usr/share/man/man[17]/*.[17]
install -m 644 -D "$here/lintian-overrides" "$root/usr/share/lintian/overrides/vx"

mkdir -p "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: vx
Version: $version-1
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f 1)
Depends: git (>= 1:2.30), libc6 (>= ${libc#GLIBC_}), libcurl4 | libcurl3-gnutls, zlib1g
Recommends: ca-certificates, libturbojpeg0 | libturbojpeg
Suggests: libtiff6 | libtiff5, libwebp7 | libwebp6, python3, rclone
Section: vcs
Priority: optional
Description: version data and models in git's own branches
 Git holds code, small pointers and records; a content-addressed store beside
 it holds the bytes of data and models. There is no server and no second
 history: git checkout of one tag brings back the code, the data, the model
 and its metrics together, and vx reproduce trains the model again and says
 whether it came out the same.
CONTROL
(cd "$root" && find usr -type f | LC_ALL=C sort | xargs md5sum >DEBIAN/md5sums)
chmod 644 "$root/DEBIAN/control" "$root/DEBIAN/md5sums"
find "$root" -type d -exec chmod 755 {} +

package=$out/vx_$version-1_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package"
