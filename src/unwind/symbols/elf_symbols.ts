/**
 * The symbols of one symbol table section of an ELF file, as columns. In: `.symtab` or `.dynsym` and its strings.
 * Out: the defined ones that name code or data. Which of them names an address is `symbol_table.ts`'s matter.
 * @module
 */

import { ByteReader } from "../../byte_reader.ts";
import type { ByteCount, FileAddress } from "../../types.ts";
import { type ElfFile, SHT_NOBITS } from "../elf.ts";

/** `STT_*`: what a symbol stands for. */
export const SYMBOL_TYPE = { NOTYPE: 0, OBJECT: 1, FUNC: 2, GNU_IFUNC: 10 } as const;
/** `STB_*`: who sees a symbol. */
export const SYMBOL_BINDING = { LOCAL: 0, GLOBAL: 1, WEAK: 2, GNU_UNIQUE: 10 } as const;

/** Symbols in the order of the file; row `i` of each column is symbol `i`. */
export interface ElfSymbols {
  readonly count: number;
  readonly values: Float64Array;
  readonly sizes: Float64Array;
  readonly types: Uint8Array;
  readonly bindings: Uint8Array;
  /** Where the name starts in `strings`; it ends at a NUL. */
  readonly names: Uint32Array;
  readonly strings: Uint8Array;
}

/** Size of an `Elf64_Sym`. */
export const SYMBOL_SIZE: ByteCount = 24;
/** 96 MB of symbols; a debug build of Chromium has some two millions. What goes beyond is not looked at. */
const MAX_SYMBOLS = 4 * 2 ** 20;
const MAX_STRINGS: ByteCount = 2 ** 29;
const MAX_NAME: ByteCount = 65536;
const ADDRESS_LIMIT = 2 ** 47;
const SHN_UNDEF = 0;
/** Indices from here on mean something else (absolute, common); but for SHN_XINDEX, an index kept elsewhere. */
const SHN_LORESERVE = 0xff00;
const SHN_XINDEX = 0xffff;

const KEPT_TYPES: readonly number[] = Object.values(SYMBOL_TYPE);
const UTF8 = new TextDecoder();

/**
 * Reads the symbols of the first section of type `sectionType` (`SHT_SYMTAB`, `SHT_DYNSYM`), or null when there is none.
 * @throws {RangeError} when the file ends early
 * @throws {SyntaxError} when the section is malformed
 */
export function readElfSymbols(elf: ElfFile, sectionType: number): ElfSymbols | null {
  const section = elf.sections.find((section) => section.type === sectionType);
  if (section === undefined) return null;
  const at = `Cannot parse symbols at offset 0x${section.offset.toString(16)}`;
  if (section.entrySize !== SYMBOL_SIZE) throw new SyntaxError(`${at}: entries of ${section.entrySize} bytes`);
  const linked = elf.sections[section.link];
  if (linked === undefined || linked.type === SHT_NOBITS || linked.size > MAX_STRINGS) {
    throw new SyntaxError(`${at}: no strings in section ${section.link}`);
  }
  const count = Math.min(Math.floor(section.size / SYMBOL_SIZE), MAX_SYMBOLS);
  const strings = elf.readAt(linked.offset, linked.size);
  return parseSymbols(elf.readAt(section.offset, count * SYMBOL_SIZE), strings);
}

/** Parses an array of `Elf64_Sym`; symbols that are undefined, not code or data, or beyond user space are left out. */
export function parseSymbols(bytes: Uint8Array, strings: Uint8Array): ElfSymbols {
  const limit = Math.floor(bytes.length / SYMBOL_SIZE);
  const values = new Float64Array(limit);
  const sizes = new Float64Array(limit);
  const types = new Uint8Array(limit);
  const bindings = new Uint8Array(limit);
  const names = new Uint32Array(limit);
  const reader = new ByteReader(bytes);
  let count = 0;
  for (let index = 0; index < limit; index++) {
    const name = reader.u32();
    const info = reader.u8();
    reader.skip(1);
    const section = reader.u16();
    const value = reader.u64();
    const size = reader.u64();
    if (section === SHN_UNDEF || (section >= SHN_LORESERVE && section !== SHN_XINDEX)) continue;
    if (!KEPT_TYPES.includes(info % 16) || value + size > ADDRESS_LIMIT) continue;
    if (name >= strings.length || strings[name] === 0) continue;
    values[count] = value;
    sizes[count] = size;
    types[count] = info % 16;
    bindings[count] = Math.floor(info / 16);
    names[count] = name;
    count++;
  }
  return { count, values, sizes, types, bindings, names, strings };
}

/** The name of symbol `index`; a name of absurd length is cut. */
export function symbolName(symbols: ElfSymbols, index: number): string {
  return nameAt(symbols.strings, symbols.names[index]);
}

/** The name that starts at `start` of a table of strings, empty beyond its end. */
export function nameAt(strings: Uint8Array, start: number): string {
  const end = strings.indexOf(0, start);
  return UTF8.decode(strings.subarray(start, Math.min(end < 0 ? Infinity : end, start + MAX_NAME)));
}

/** The value of the symbol of that very name, or null. A global one goes before a local one. */
export function findSymbol(symbols: ElfSymbols, name: string): FileAddress | null {
  const wanted = new TextEncoder().encode(name);
  let local: FileAddress | null = null;
  for (let index = 0; index < symbols.count; index++) {
    if (!hasName(symbols, { index, wanted })) continue;
    if (symbols.bindings[index] !== SYMBOL_BINDING.LOCAL) return symbols.values[index];
    local ??= symbols.values[index];
  }
  return local;
}

function hasName({ names, strings }: ElfSymbols, { index, wanted }: { index: number; wanted: Uint8Array }): boolean {
  const start = names[index];
  for (let offset = 0; offset < wanted.length; offset++) {
    if (strings[start + offset] !== wanted[offset]) return false;
  }
  // A table that ends without its last NUL counts as having it.
  return (strings[start + wanted.length] ?? 0) === 0;
}
