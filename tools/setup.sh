#!/usr/bin/env bash
# Brings everything that building and testing need. Runs before Deno is there, hence shell.
#
#   tools/setup.sh
#
# In: node with npm, gcc, and, where libunwind's headers are not installed, apt-get and dpkg (root not needed).
# Out, all of it git-ignored, nothing outside the checkout:
#   node_modules/          Deno, its standard library and esbuild, as package-lock.json pins them
#   .toolchain/bin/deno    what runs the tasks: the deno of PATH if it is 2.4 or newer, else the pinned one
#   .toolchain/sysroot/    include/ and lib/ of libunwind, liblzma and libbfd (tools/setup_sysroot.sh)
#   .toolchain/denort      what `deno compile` builds upon (tools/setup_denort.sh)
# Every step is skipped when its result is there; `make distclean` starts over.
set -euo pipefail
cd "$(dirname "$0")/.."

need() { # command, Debian packages that bring it
	command -v "$1" >/dev/null && return
	echo "setup: '$1' is missing; install it first, on Debian: apt-get install $2" >&2
	exit 1
}

# 2.4 brought what the sources use; the ABI of the compile base is the pinned version's alone, see tools/compile.ts.
is_recent_deno() {
	local version
	version=$("$1" --version 2>/dev/null | sed -n 's/^deno \([0-9.]*\).*/\1/p')
	[ -n "$version" ] && [ "$(printf '%s\n' 2.4.0 "$version" | sort -V | head -n 1)" = 2.4.0 ]
}

need npm "nodejs npm"
need gcc "gcc libc6-dev"
[ "$(uname -sm)" = "Linux x86_64" ] || { echo "setup: only Linux on x86-64 is supported" >&2; exit 1; }
mkdir -p .toolchain/bin

# The npm package `deno` finds its executable by an install script, which npm may refuse to run, so package.json names
# the package that holds the executable for this platform.
if ! cmp -s package-lock.json .toolchain/package-lock.json || [ ! -x node_modules/@deno/linux-x64-glibc/deno ]; then
	echo "setup: fetching Deno and esbuild from npm" >&2
	npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2
	cp package-lock.json .toolchain/package-lock.json
fi

pinned=$PWD/node_modules/@deno/linux-x64-glibc/deno
deno=$(command -v deno || true)
case $deno in "" | */.toolchain/bin/deno) deno=$pinned ;; esac
is_recent_deno "$deno" || deno=$pinned
ln -sfn "$deno" .toolchain/bin/deno

tools/setup_sysroot.sh
tools/setup_denort.sh
