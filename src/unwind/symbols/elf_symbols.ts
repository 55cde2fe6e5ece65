/**
 * The symbols of one symbol table section of an ELF file, as columns. In: `.symtab` or `.dynsym` and its strings.
 * Out: the defined ones that name code or data. Which of them names an address is `symbol_table.ts`'s matter.
 * @module
 */

import { ByteReader } from "../../byte_reader.ts";
import { ADDRESS_LIMIT, type ByteCount, type FileAddress } from "../../types.ts";
import { type ElfFile, type Section, SHT_NOBITS } from "../elf.ts";
import { StringTable } from "./string_table.ts";

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
  readonly strings: StringTable;
}

/** A section of symbols that was not read yet. */
export interface SymbolSection {
  readonly section: Section;
  /** How many symbols are read of it. */
  readonly count: number;
  readonly strings: StringTable;
}

/** Size of an `Elf64_Sym`. */
export const SYMBOL_SIZE: ByteCount = 24;
/** 96 MB of symbols; a debug build of Chromium has some two millions. What goes beyond is not looked at. */
const MAX_SYMBOLS = 4 * 2 ** 20;
const MAX_STRINGS: ByteCount = 2 ** 29;
const SHN_UNDEF = 0;
/** Indices from here on mean something else (absolute, common); but for SHN_XINDEX, an index kept elsewhere. */
const SHN_LORESERVE = 0xff00;
const SHN_XINDEX = 0xffff;

const KEPT_TYPES: readonly number[] = Object.values(SYMBOL_TYPE);

/**
 * The first section of type `sectionType` (`SHT_SYMTAB`, `SHT_DYNSYM`), or null when there is none.
 * @throws {SyntaxError} when it is malformed
 */
export function findSymbolSection(elf: ElfFile, sectionType: number): SymbolSection | null {
  const section = elf.sections.find((section) => section.type === sectionType);
  if (section === undefined) return null;
  const at = `Cannot parse symbols at offset 0x${section.offset.toString(16)}`;
  if (section.entrySize !== SYMBOL_SIZE) throw new SyntaxError(`${at}: entries of ${section.entrySize} bytes`);
  const linked = elf.sections[section.link];
  if (linked === undefined || linked.type === SHT_NOBITS || linked.size > MAX_STRINGS) {
    throw new SyntaxError(`${at}: no strings in section ${section.link}`);
  }
  const strings = new StringTable({ readAt: elf.readAt, offset: linked.offset, size: linked.size });
  return { section, count: Math.min(Math.floor(section.size / SYMBOL_SIZE), MAX_SYMBOLS), strings };
}

/**
 * Reads the symbols of the first section of type `sectionType`, or null when there is none.
 * @throws {RangeError} when the file ends early
 * @throws {SyntaxError} when the section is malformed
 */
export function readElfSymbols(elf: ElfFile, sectionType: number): ElfSymbols | null {
  const found = findSymbolSection(elf, sectionType);
  return found === null ? null : readSection(elf, found);
}

/** Reads the symbols of a section. @throws {RangeError} when the file ends early */
export function readSection(elf: ElfFile, { section, count, strings }: SymbolSection): ElfSymbols {
  return parseSymbols(elf.readAt(section.offset, count * SYMBOL_SIZE), strings);
}

/** Parses an array of `Elf64_Sym`; symbols that are undefined, not code or data, or beyond user space are left out. */
export function parseSymbols(bytes: Uint8Array, strings: StringTable): ElfSymbols {
  const limit = Math.floor(bytes.length / SYMBOL_SIZE);
  const values = new Float64Array(limit);
  const sizes = new Float64Array(limit);
  const types = new Uint8Array(limit);
  const bindings = new Uint8Array(limit);
  const names = new Uint32Array(limit);
  const reader = new ByteReader(bytes);
  // Of a table that is read in pieces, only the string that ELF itself keeps empty is known to be.
  const text = strings.isSmall ? strings.bytes : null;
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
    if (name === 0 || name >= strings.size || text?.[name] === 0) continue;
    values[count] = value;
    sizes[count] = size;
    types[count] = info % 16;
    bindings[count] = Math.floor(info / 16);
    names[count] = name;
    count++;
  }
  return { count, values, sizes, types, bindings, names, strings };
}

/** The name of symbol `index`. */
export function symbolName({ strings, names }: ElfSymbols, index: number): string {
  return strings.at(names[index]);
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

function hasName(symbols: ElfSymbols, { index, wanted }: { index: number; wanted: Uint8Array }): boolean {
  const start = symbols.names[index];
  const strings = symbols.strings.bytes;
  for (let offset = 0; offset < wanted.length; offset++) {
    if (strings[start + offset] !== wanted[offset]) return false;
  }
  // A table that ends without its last NUL counts as having it.
  return (strings[start + wanted.length] ?? 0) === 0;
}
