/**
 * The symbols of the dynamic linker, found by its own table (`PT_DYNAMIC`) instead of a section header: for files that
 * have none, and for those that are read from memory. Source: gABI 4.1, chapter 5, "Dynamic Section"; the GNU hash
 * table as in binutils, `bfd/elflink.c`.
 * @module
 */

import { ByteReader } from "../../byte_reader.ts";
import type { Address, ByteCount, FileAddress } from "../../types.ts";
import { type ElfFile, findSegment, PT_DYNAMIC } from "../elf.ts";
import { readLoaded, segmentAt } from "../loaded.ts";
import { type ElfSymbols, parseSymbols, SYMBOL_SIZE } from "./elf_symbols.ts";
import { StringTable } from "./string_table.ts";

const DT_HASH = 4;
const DT_STRTAB = 5;
const DT_SYMTAB = 6;
const DT_STRSZ = 10;
const DT_GNU_HASH = 0x6ffffef5;

const ENTRY_SIZE = 16;
const MAX_ENTRIES = 1024;
const MAX_SYMBOLS = 2 ** 20;
const MAX_BUCKETS = 2 ** 20;
/** Chains have a handful of symbols. */
const MAX_CHAIN = 4096;
const MAX_STRINGS: ByteCount = 2 ** 27;

/**
 * Reads the symbols, or null when there are none. `loadBias` is where the file is in memory if it is read from there:
 * glibc adds it to the table's addresses (`_dl_relocate_object`), musl does not.
 * @throws {RangeError} when the file ends early
 */
export function readDynamicSymbols(elf: ElfFile, loadBias: Address): ElfSymbols | null {
  const dynamic = findSegment(elf, PT_DYNAMIC);
  if (dynamic === null) return null;
  const size = Math.min(Math.floor(dynamic.fileSize / ENTRY_SIZE), MAX_ENTRIES) * ENTRY_SIZE;
  const reader = new ByteReader(readLoaded(elf, { address: dynamic.address, size }));
  const entries = new Map<number, number>();
  while (reader.remaining > 0) {
    const tag = reader.u64();
    entries.set(tag, reader.u64());
  }

  function place(tag: number): FileAddress | null {
    const value = entries.get(tag);
    if (value === undefined) return null;
    if (segmentAt(elf, value) !== null) return value;
    return segmentAt(elf, value - loadBias) !== null ? value - loadBias : null;
  }

  const symbols = place(DT_SYMTAB);
  const strings = place(DT_STRTAB);
  const stringsSize = entries.get(DT_STRSZ) ?? 0;
  if (symbols === null || strings === null || stringsSize > MAX_STRINGS) return null;
  const { address, fileSize } = segmentAt(elf, symbols)!;
  const room = Math.floor((address + fileSize - symbols) / SYMBOL_SIZE);
  const counted = countSymbols(elf, { hash: place(DT_HASH), gnuHash: place(DT_GNU_HASH) });
  const count = Math.min(counted, room, MAX_SYMBOLS);
  return parseSymbols(
    readLoaded(elf, { address: symbols, size: count * SYMBOL_SIZE }),
    new StringTable(readLoaded(elf, { address: strings, size: stringsSize })),
  );
}

interface HashTables {
  readonly hash: FileAddress | null;
  readonly gnuHash: FileAddress | null;
}

/** The dynamic table does not say how many symbols there are; the hash tables over them do. */
function countSymbols(elf: ElfFile, { hash, gnuHash }: HashTables): number {
  // nbucket, nchain: there is one chain entry a symbol.
  if (hash !== null) return new ByteReader(readLoaded(elf, { address: hash, size: 8 }), 4).u32();
  return gnuHash === null ? 0 : countGnuSymbols(elf, gnuHash);
}

/**
 * u32 bucket count, first hashed symbol, bloom words, shift; u64 bloom words; u32 buckets, each the first symbol of its
 * chain or 0; u32 a hashed symbol, odd for the last of a chain. The last symbol ends the chain that begins last.
 */
function countGnuSymbols(elf: ElfFile, address: FileAddress): number {
  const header = new ByteReader(readLoaded(elf, { address, size: 12 }));
  const bucketCount = header.u32();
  const firstHashed = header.u32();
  const bucketsAt = address + 16 + header.u32() * 8;
  if (bucketCount > MAX_BUCKETS) return 0;
  const buckets = new ByteReader(readLoaded(elf, { address: bucketsAt, size: bucketCount * 4 }));
  let last = 0;
  while (buckets.remaining > 0) last = Math.max(last, buckets.u32());
  if (last < firstHashed) return firstHashed;
  const chainsAt = bucketsAt + bucketCount * 4;
  for (const end = last + MAX_CHAIN; last < end;) {
    const [low] = readLoaded(elf, { address: chainsAt + (last - firstHashed) * 4, size: 4 });
    last++;
    if (low % 2 === 1) break;
  }
  return last;
}
