/**
 * The small symbol table that Fedora and its relatives leave in stripped files: `.gnu_debugdata`, an ELF file in xz,
 * which has what `.dynsym` has not. Source: GDB manual, "MiniDebugInfo".
 * @module
 */

import { decompressXz } from "../../ffi/xz.ts";
import type { ByteCount } from "../../types.ts";
import { type ElfFile, findSection, parseElf, SHT_NOBITS, SHT_SYMTAB } from "../elf.ts";
import { bytesFile } from "../mapped_file.ts";
import { type ElfSymbols, readElfSymbols } from "./elf_symbols.ts";

/** A distribution's largest have some 2 MB. */
const MAX_COMPRESSED: ByteCount = 2 ** 26;
const MAX_SIZE: ByteCount = 2 ** 28;

/**
 * Reads the symbols, or null when there are none.
 * @throws {RangeError} @throws {SyntaxError} when section, xz data or inner file are malformed
 */
export function readMiniDebugInfo(elf: ElfFile): ElfSymbols | null {
  const section = findSection(elf, ".gnu_debugdata");
  if (section === null || section.type === SHT_NOBITS || section.size > MAX_COMPRESSED) return null;
  const { readAt, size } = bytesFile(decompressXz(elf.readAt(section.offset, section.size), MAX_SIZE));
  return readElfSymbols(parseElf(readAt, { size, sectionsOnly: true }), SHT_SYMTAB);
}
