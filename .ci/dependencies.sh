#!/usr/bin/env bash
# Installs the system libraries vx is built with, where they are missing: libgit2, libcurl, zstd, libyaml and
# pkg-config; and libjpeg-turbo, which it loads to compare JPEG images.
# Prints nothing and asks for nothing when everything is there. Run it, or source it: both do the same.

vx_dependencies() {
    # What is there is asked the way the build asks: pkg-config for the flags, the compiler's folders for the header.
    vx_has() { # pkg-config module, header
        pkg-config --exists "$1" 2>/dev/null || return 1
        local folder
        for folder in $(pkg-config --variable=includedir "$1") /usr/include /usr/local/include; do
            if [ -e "$folder/$2" ]; then return 0; fi
        done
        return 1
    }

    local apt=() brew=()
    if ! command -v pkg-config >/dev/null 2>&1; then apt+=(pkg-config) brew+=(pkg-config); fi
    vx_has libgit2 git2.h || { apt+=(libgit2-dev); brew+=(libgit2); }
    vx_has libcurl curl/curl.h || { apt+=(libcurl4-openssl-dev); brew+=(curl); }
    vx_has libzstd zstd.h || { apt+=(libzstd-dev); brew+=(zstd); }
    vx_has libturbojpeg turbojpeg.h || { apt+=(libturbojpeg0-dev); brew+=(jpeg-turbo); }
    vx_has yaml-0.1 yaml.h || { apt+=(libyaml-dev); brew+=(libyaml); }
    unset -f vx_has

    local missing=() program
    for program in git swift; do
        command -v "$program" >/dev/null 2>&1 || missing+=("$program")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        echo "vx needs ${missing[*]}, which is not in PATH; install it first, then repeat the command." >&2
        return 1
    fi
    if [ ${#apt[@]} -eq 0 ]; then return 0; fi

    if command -v apt-get >/dev/null 2>&1; then
        local root=()
        if [ "$(id -u)" -ne 0 ]; then
            if ! command -v sudo >/dev/null 2>&1; then
                echo "vx needs ${apt[*]}; as root, type: apt-get install ${apt[*]}" >&2
                return 1
            fi
            root=(sudo)
        fi
        echo "Installing what is missing with apt: ${apt[*]}" >&2
        # ${root[@]+…}: an empty list is an error to older shells under 'set -u'.
        vx_apt() { ${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get "$@" >/dev/null; }
        # A fresh machine may have no package lists, or stale ones; they are fetched only when they are needed.
        vx_apt install -y -q --no-install-recommends "${apt[@]}" 2>/dev/null || {
            vx_apt update -q && vx_apt install -y -q --no-install-recommends "${apt[@]}"
        } || {
            echo "apt could not install ${apt[*]}; its own message is above." >&2
            return 1
        }
        unset -f vx_apt
    elif command -v brew >/dev/null 2>&1; then
        echo "Installing what is missing with Homebrew: ${brew[*]}" >&2
        brew install --quiet "${brew[@]}" >/dev/null || {
            echo "brew could not install ${brew[*]}; its own message is above." >&2
            return 1
        }
    else
        echo "vx needs the development files of libgit2, libcurl, zstd, libyaml and libjpeg-turbo, and pkg-config; there is neither apt nor" \
            "brew here, so install them with your system's own tool, then repeat the command." >&2
        return 1
    fi
}

vx_dependencies || { [ "${BASH_SOURCE[0]}" != "$0" ] && return 1 || exit 1; }
