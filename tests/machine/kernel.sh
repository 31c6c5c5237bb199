#!/bin/bash
# Prints the directory of an unpacked Debian kernel (vmlinuz, lib/modules): the package of
# linux-image-amd64, downloaded once by apt and unpacked under the user's cache, never installed.
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hotdesk/kernel
package=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image-/ { print $2; exit }')
if [ -z "$package" ]; then
    echo "kernel.sh: apt knows no linux-image-amd64: run 'apt-get update'" >&2
    exit 1
fi
dir=$cache/$package
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9 # tests run side by side, and each wants it
if [ ! -e "$dir/vmlinuz" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    chmod 755 "$work"
    (cd "$work" && apt-get download -q "$package" >log 2>&1) ||
        { cat "$work/log" >&2; echo "kernel.sh: could not download $package" >&2; exit 1; }
    dpkg-deb -x "$work"/linux-image-*.deb "$work/tree"
    rm -rf "$dir.new" "$dir"
    mkdir "$dir.new"
    mv "$work"/tree/boot/vmlinuz-* "$dir.new/vmlinuz"
    mv "$work/tree/lib" "$dir.new/lib"
    /sbin/depmod -b "$dir.new" "$(basename "$dir.new"/lib/modules/*)"
    mv "$dir.new" "$dir"
fi
echo "$dir"
