#!/bin/sh
# Runs a Python that tools/pythons.ts unpacked.
#
#   tools/run_python.sh NAME|FOLDER [--container | --chroot | --ld] [--exe PATH] [--pid FD] ARGUMENT...
#
# --container  (root; the default for root) in mount and pid namespaces of its own, the Python's folder as its root and
#              the working directory at /mnt, where it starts; it ends with this process: tools/container.c
# --chroot     (root) in a plain chroot, from /; a first argument that is a file is copied to /tmp in there
# --ld         on the host's file system, by the Python's own ld.so, which is then the executable of the process
# --exe        another program, as a path in there, instead of the interpreter
# --pid        the descriptor to write the process id out here to, as a line, before the program starts: 2 for stderr
# PYTHON... variables are not passed on, but for PYTHON_JIT, PYTHON_GIL, PYTHONPERFSUPPORT and those named in PASS.
set -eu
tools=$(dirname "$0")

fail() { echo "run_python: $*" >&2; exit 125; }

case ${1-} in
	"" | -*) fail "which Python? (usage: at the top of $0)" ;;
	*/*) folder=$1 ;;
	*) folder=$tools/../.toolchain/pythons/$1 ;;
esac
[ -e "$folder/info.json" ] || fail "$1 is not there; fetch it: deno task pythons $1"
folder=$(cd "$folder" && pwd -P)
root=$folder/root
shift

executable=$(sed -n 's/^  "executable": "\(.*\)",\{0,1\}$/\1/p' "$folder/info.json")
mode=--ld
[ "$(id -u)" -ne 0 ] || mode=--container
pid_fd=
while [ $# -gt 0 ]; do
	case $1 in
		--container | --chroot | --ld) mode=$1; shift ;;
		--exe) executable=$2; shift 2 ;;
		--pid) pid_fd=$2; shift 2 ;;
		*) break ;;
	esac
done

for name in $(env | sed -n 's/^\(PY[A-Z_0-9]*\)=.*/\1/p'); do
	case " PYTHON_JIT PYTHON_GIL PYTHONPERFSUPPORT ${PASS-} " in *" $name "*) ;; *) unset "$name" ;; esac
done
export LANG="${LANG:-C.UTF-8}"

if [ $mode = --container ]; then
	container=$tools/../.toolchain/pythons/.container
	if [ ! -x "$container" ] || [ "$tools/container.c" -nt "$container" ]; then
		gcc -std=c11 -O2 -Wall -Wextra -Werror -o "$container.$$" "$tools/container.c"
		mv "$container.$$" "$container"
	fi
	export HOME=/root PATH=/usr/bin:/bin
	exec "$container" ${pid_fd:+-p "$pid_fd"} "$root" "$executable" "$@"
fi

[ -z "$pid_fd" ] || echo $$ >&"$pid_fd"
if [ $mode = --ld ]; then
	# The link to the loader may be absolute, so its target is looked for below the root.
	loader=$(readlink "$root/lib64/ld-linux-x86-64.so.2" || true)
	case $loader in /*) loader=$root$loader ;; *) loader=$root/lib64/ld-linux-x86-64.so.2 ;; esac
	export PYTHONHOME="$root/usr"
	exec "$loader" --library-path "$root/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu" "$root$executable" "$@"
fi
if [ -f "${1-}" ]; then
	inside=/tmp/$(basename "$1")
	cp "$1" "$root$inside.$$"
	mv "$root$inside.$$" "$root$inside"
	shift
	set -- "$inside" "$@"
fi
chroot=$(command -v chroot)
export HOME=/root PATH=/usr/bin:/bin
exec "$chroot" "$root" "$executable" "$@"
