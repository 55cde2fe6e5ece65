#!/usr/bin/env bash
# Gathers the headers and libraries of libunwind, liblzma, libbfd and libiberty in .toolchain/sysroot/{include,lib}:
# from the system where they are installed for development, else from Debian packages that are fetched and
# unpacked into .toolchain/debs without root. Called by tools/setup.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

sysroot=$PWD/.toolchain/sysroot
debs=$PWD/.toolchain/debs
[ -e "$sysroot/.done-3" ] && exit
rm -rf "$sysroot" "$debs"
mkdir -p "$sysroot/include" "$sysroot/lib" "$debs"

# Paths that the compiler finds by itself; nothing if it finds none.
system_header() { echo "#include <$1>" | gcc -E -M - 2>/dev/null | tr -s ' \\' '\n' | grep -m 1 "/$1\$" || true; }
system_library() { gcc -print-file-name="$1" | grep ^/ || true; }

# The same in the unpacked packages.
package_header() { find "$debs" -name "$1" -print -quit; }
package_library() { find "$debs" -name "$1" -print -quit; }

# copy ORIGIN: $headers (the first one's folder holds the others, which may be patterns) and $libraries from there.
# Fails, having copied nothing, if ORIGIN lacks one. A library keeps its name; NAME.so is what the linker looks for.
copy() {
	local folder name path paths=()
	path=$("$1_header" "${headers[0]}")
	[ -n "$path" ] || return 1
	folder=$(dirname "$path")
	for name in "${libraries[@]}"; do
		path=$("$1_library" "$name")
		[ -n "$path" ] || return 1
		paths+=("$path")
	done
	(cd "$folder" && cp -rL ${headers[*]} "$sysroot/include/") # unquoted: patterns
	for path in "${paths[@]}"; do
		name=$(basename "$path")
		cp -L "$path" "$sysroot/lib/$name"
		[[ $name != *.so.* ]] || ln -s "$name" "$sysroot/lib/${name%%.so*}.so"
	done
}

# The user apt is to download as (none: as ourselves, who own the folder).
apt() { apt-get -q -o APT::Sandbox::User= "$@"; }

# The system's package index may be missing, or older than the archive, and is not ours to update.
private_index=(-o Dir::State::lists="$debs/lists" -o Dir::Cache="$debs/cache")

download() { (cd "$debs" && rm -f -- *.deb && apt "$@"); }

fetch() {
	if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
		echo "setup: no ${headers[0]} and no apt-get; install the development packages of libunwind, xz and binutils" >&2
		exit 1
	fi
	echo "setup: fetching $* from Debian" >&2
	if ! download download "$@" >"$debs/log" 2>&1; then
		mkdir -p "$debs/lists/partial" "$debs/cache/archives/partial"
		{
			apt "${private_index[@]}" update && download "${private_index[@]}" download "$@"
		} >"$debs/log" 2>&1 || { cat "$debs/log" >&2; exit 1; }
	fi
	local deb
	for deb in "$debs"/*.deb; do dpkg -x "$deb" "$debs/root"; done
}

# gather PACKAGE...: those that bring $headers and $libraries
gather() { copy system || { fetch "$@" && copy package; }; }

headers=(libunwind.h 'libunwind-*.h') libraries=(libunwind.so.8 libunwind-x86_64.so.8 libunwind-ptrace.so.0)
gather libunwind-dev libunwind8

headers=(lzma.h lzma) libraries=(liblzma.so.5)
gather liblzma-dev liblzma5

headers=(bfd.h ansidecl.h diagnostics.h symcat.h) libraries=(libbfd.so)
gather binutils-dev libbinutils

headers=(demangle.h libiberty.h ansidecl.h) libraries=(libiberty.a)
gather libiberty-dev

# What libbfd itself needs, which depends on its version, under names that do not.
for name in $(objdump -p "$sysroot/lib/libbfd.so" | awk '$1 == "NEEDED" { print $2 }'); do
	case $name in libc.so.* | libm.so.* | libdl.so.* | ld-linux*) continue ;; esac
	path=$(package_library "$name")
	[ -n "$path" ] || path=$(system_library "$name")
	[ -n "$path" ] || { echo "setup: libbfd needs $name, which is not installed" >&2; exit 1; }
	cp -L "$path" "$sysroot/lib/${name%%.so*}.so"
done

touch "$sysroot/.done-3"
