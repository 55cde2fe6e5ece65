/**
 * ELF64 little-endian x86-64 files, through a reader that fetches single pieces: a file of 500 MB is never read whole.
 * In: bytes at offsets. Out: program headers and section headers. Symbols are left to `symbols/`,
 * unwind tables to `unwind_info.ts`, the build-id to `build_id.ts`. Source: System V gABI 4.1, chapters 4 and 5.
 *
 * Nothing a file says is believed: each table and name has a bound, and what points past the end of the file is a
 * `SyntaxError` that names the offset of the field.
 * @module
 */

import { ByteReader } from "../byte_reader.ts";
import { ADDRESS_LIMIT, type ByteCount, type FileAddress, type FileOffset } from "../types.ts";

/** Reads exactly `size` bytes at `offset` of a file. Throws a `RangeError` where the file ends before that. */
export type ReadAt = (offset: FileOffset, size: ByteCount) => Uint8Array;

/** A program header: a piece of the file and where it goes in memory. */
export interface Segment {
  /** `PT_LOAD` and the like. */
  readonly type: number;
  readonly executable: boolean;
  readonly offset: FileOffset;
  readonly address: FileAddress;
  readonly fileSize: ByteCount;
  readonly memorySize: ByteCount;
  readonly alignment: ByteCount;
}

/** A section header. */
export interface Section {
  readonly name: string;
  /** `SHT_SYMTAB` and the like. */
  readonly type: number;
  /** 0 for a section that is not in memory. */
  readonly address: FileAddress;
  readonly offset: FileOffset;
  readonly size: ByteCount;
  /** Index of a section that belongs to it: the strings of a symbol table. */
  readonly link: number;
  readonly entrySize: ByteCount;
}

/** The tables of an ELF file, and the reader for the rest of it. */
export interface ElfFile {
  /** `EXEC` stands at fixed addresses, `DYN` (libraries and PIE, and what is never loaded) anywhere. */
  readonly type: "EXEC" | "DYN";
  readonly segments: readonly Segment[];
  /** In the order of the file; empty when there are none. */
  readonly sections: readonly Section[];
  readonly readAt: ReadAt;
  /** Size of the file. */
  readonly size: ByteCount;
}

/** What {@linkcode parseElf} is told about the file. */
export interface ElfOptions {
  /** Size of the file in bytes. */
  readonly size: ByteCount;
  /** Whether to leave section headers alone, as they are not in memory for a file that is read from there. */
  readonly segmentsOnly?: boolean;
  /** Whether to leave program headers alone, as those of a debug file tell of another file's contents. */
  readonly sectionsOnly?: boolean;
}

/** Loadable segment. */
export const PT_LOAD = 1;
/** The table of what the dynamic linker needs. */
export const PT_DYNAMIC = 2;
/** Notes, the build-id among them. */
export const PT_NOTE = 4;
/** `.eh_frame_hdr`. */
export const PT_GNU_EH_FRAME = 0x6474e550;
/** Full symbol table. */
export const SHT_SYMTAB = 2;
/** Relocations with addends. */
export const SHT_RELA = 4;
/** Notes, the build-id among them. */
export const SHT_NOTE = 7;
/** A section that takes no room in the file. */
export const SHT_NOBITS = 8;
/** Symbol table of the dynamic linker. */
export const SHT_DYNSYM = 11;

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const SECTION_HEADER_SIZE = 64;
const MAX_PROGRAM_HEADERS = 512;
const MAX_SECTIONS = 4096;
const MAX_SECTION_NAME = 256;
const MAX_SECTION_NAMES = 2 ** 20;

const MAGIC = 0x464c457f;
const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const ET_REL = 1;
const ET_EXEC = 2;
const ET_DYN = 3;
const EM_X86_64 = 62;
const PF_X = 1;
const SHN_XINDEX = 0xffff;

const LATIN1 = new TextDecoder("latin1");

/**
 * Reads the headers of an ELF file.
 * @throws {SyntaxError} when it is no ELF file for x86-64, or a malformed one
 * @throws {RangeError} when the file ends early
 */
export function parseElf(readAt: ReadAt, options: ElfOptions): ElfFile {
  const { size, segmentsOnly = false, sectionsOnly = false } = options;
  const header = new ByteReader(readAt(0, HEADER_SIZE));
  const magic = header.u32();
  if (magic !== MAGIC) throw malformed(0, "no ELF magic");
  if (header.u8() !== ELFCLASS64) throw malformed(4, "not a 64-bit file");
  if (header.u8() !== ELFDATA2LSB) throw malformed(5, "not little-endian");
  header.offset = 16;
  const type = header.u16();
  // What dwz has files share is REL, though it has no relocations.
  const isLoadable = type === ET_EXEC || type === ET_DYN;
  if (!isLoadable && !(sectionsOnly && type === ET_REL)) throw malformed(16, `type ${type} is neither EXEC nor DYN`);
  const machine = header.u16();
  if (machine !== EM_X86_64) throw malformed(18, `machine ${machine} is not x86-64`);
  header.offset = 32;
  const segmentsAt = header.u64();
  const sectionsAt = header.u64();
  header.offset = 54;
  const segmentSize = header.u16();
  const segmentCount = header.u16();
  const sectionSize = header.u16();
  const sectionCount = header.u16();
  const namesIndex = header.u16();
  const file = { readAt, size };
  const segments = sectionsOnly
    ? []
    : parseSegments(file, { at: segmentsAt, count: segmentCount, entrySize: segmentSize });
  const sections = segmentsOnly
    ? []
    : parseSections(file, { at: sectionsAt, count: sectionCount, entrySize: sectionSize, namesIndex });
  return { type: type === ET_EXEC ? "EXEC" : "DYN", segments, sections, readAt, size };
}

/** The section of that name, or null. */
export function findSection(elf: ElfFile, name: string): Section | null {
  return elf.sections.find((section) => section.name === name) ?? null;
}

/** The first segment of that type, or null. */
export function findSegment(elf: ElfFile, type: number): Segment | null {
  return elf.segments.find((segment) => segment.type === type) ?? null;
}

interface Table {
  readonly at: FileOffset;
  readonly count: number;
  readonly entrySize: ByteCount;
}

type Source = Pick<ElfFile, "readAt" | "size">;

function parseSegments(file: Source, { at, count, entrySize }: Table): Segment[] {
  if (count === 0) return [];
  if (count > MAX_PROGRAM_HEADERS) throw malformed(56, `${count} program headers, at most ${MAX_PROGRAM_HEADERS}`);
  if (entrySize !== PROGRAM_HEADER_SIZE) throw malformed(54, `program headers of ${entrySize} bytes`);
  const reader = new ByteReader(readPiece(file, { offset: at, size: count * entrySize, field: 32 }));
  const segments: Segment[] = [];
  let loadedTo: FileAddress = 0;
  for (let index = 0; index < count; index++) {
    const field = at + reader.offset;
    const type = reader.u32();
    const flags = reader.u32();
    const offset = reader.u64();
    const address = reader.u64();
    reader.skip(8);
    const fileSize = reader.u64();
    const memorySize = reader.u64();
    const alignment = reader.u64();
    // Types that this program does not know may use the fields as they like.
    if (![PT_LOAD, PT_DYNAMIC, PT_NOTE, PT_GNU_EH_FRAME].includes(type)) continue;
    if (address + memorySize > ADDRESS_LIMIT) throw malformed(field, "a segment beyond user space");
    if (offset + fileSize > file.size) throw malformed(field, "a segment beyond the end of the file");
    if (type === PT_LOAD) {
      // The gABI asks for this order; what is read by address relies on it to cost what it holds.
      if (address < loadedTo) throw malformed(field, "a loadable segment below the one before it");
      loadedTo = address + Math.max(fileSize, memorySize);
    }
    segments.push({ type, executable: flags % 2 === PF_X, offset, address, fileSize, memorySize, alignment });
  }
  return segments;
}

function parseSections(file: Source, table: Table & { readonly namesIndex: number }): Section[] {
  const { at, entrySize } = table;
  if (at === 0) return [];
  if (entrySize !== SECTION_HEADER_SIZE) throw malformed(58, `section headers of ${entrySize} bytes`);
  let { count, namesIndex } = table;
  if (count === 0 || namesIndex === SHN_XINDEX) {
    // Numbers too large for the file header stand in the first section header (gABI 4.1, "sh_size", "sh_link").
    const first = new ByteReader(readPiece(file, { offset: at, size: SECTION_HEADER_SIZE, field: 40 }), 32);
    const extendedCount = first.u64();
    const extendedIndex = first.u32();
    if (count === 0) count = extendedCount;
    if (namesIndex === SHN_XINDEX) namesIndex = extendedIndex;
  }
  if (count > MAX_SECTIONS) throw malformed(60, `${count} sections, at most ${MAX_SECTIONS}`);
  const reader = new ByteReader(readPiece(file, { offset: at, size: count * entrySize, field: 40 }));
  const raw = Array.from({ length: count }, () => parseSection(reader, { file, field: at + reader.offset }));
  const names = raw[namesIndex];
  const strings = names === undefined || names.type === SHT_NOBITS || names.size > MAX_SECTION_NAMES
    ? new Uint8Array()
    : file.readAt(names.offset, names.size);
  return raw.map(({ nameAt, ...section }) => ({ name: sectionName(strings, nameAt), ...section }));
}

function parseSection(reader: ByteReader, where: { file: Source; field: FileOffset }) {
  const nameAt = reader.u32();
  const type = reader.u32();
  reader.skip(8);
  const address = reader.u64();
  const offset = reader.u64();
  const size = reader.u64();
  const link = reader.u32();
  reader.skip(12);
  const entrySize = reader.u64();
  if (address + size > ADDRESS_LIMIT) throw malformed(where.field, "a section beyond user space");
  if (type !== SHT_NOBITS && type !== 0 && offset + size > where.file.size) {
    throw malformed(where.field, "a section beyond the end of the file");
  }
  return { nameAt, type, address, offset, size, link, entrySize };
}

function sectionName(strings: Uint8Array, at: number): string {
  const bytes = strings.subarray(at, at + MAX_SECTION_NAME);
  const end = bytes.indexOf(0);
  return LATIN1.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function readPiece(file: Source, piece: { offset: FileOffset; size: ByteCount; field: FileOffset }): Uint8Array {
  const { offset, size, field } = piece;
  if (offset + size > file.size) throw malformed(field, "a table beyond the end of the file");
  return file.readAt(offset, size);
}

function malformed(offset: FileOffset, what: string): SyntaxError {
  return new SyntaxError(`Cannot parse ELF file at offset 0x${offset.toString(16)}: ${what}`);
}
