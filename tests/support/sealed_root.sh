#!/bin/sh
# Runs a program in a file system of its own that cannot be written: as root, in a mount namespace that ends with it.
#
#   sealed_root.sh ROOT FOLDER [--tmp] PROGRAM [ARGUMENT...]
#
# ROOT is a Debian root with dev, mnt, proc and tmp in it, mounted read-only; FOLDER is at /mnt in it, read-only. There
# is a /proc and /dev/null, and nothing else. --tmp: /tmp can be written to, but what is there not be executed.
set -eu
root=$1 folder=$2
shift 2
if [ -z "${SEALED_ROOT-}" ]; then
	SEALED_ROOT=1 exec unshare --mount --propagation private "$0" "$root" "$folder" "$@"
fi
unset SEALED_ROOT
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind "$folder" "$root/mnt"
mount -o remount,bind,ro "$root/mnt"
mount -t tmpfs tmpfs "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mount -o remount,ro "$root/dev"
if [ "$1" = --tmp ]; then
	shift
	mount -t tmpfs -o noexec tmpfs "$root/tmp"
fi
mount -o remount,bind,ro "$root"
chroot=$(command -v chroot)
exec env -i PATH=/usr/bin:/bin LANG=C.UTF-8 "$chroot" "$root" "$@"
