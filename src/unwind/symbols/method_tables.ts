/**
 * Names of the functions that a module gives to Python, from its tables of methods. A file keeps these also when it has
 * lost its symbols, as they are what makes `sorted` be called `sorted`.
 *
 *     struct PyMethodDef { const char *ml_name; PyCFunction ml_meth; int ml_flags; const char *ml_doc; };
 *
 * Tables are lists of these up to one of zeros. In a file that may be loaded anywhere the pointers are filled in by its
 * relocations. Sources: CPython, Include/methodobject.h; System V ABI for AMD64 1.0, 4.4.1 "Relocation Types".
 * @module
 */

import { ByteReader } from "../../byte_reader.ts";
import type { ByteCount, FileAddress } from "../../types.ts";
import { type ElfFile, PT_LOAD, type Section, SHT_NOBITS, SHT_RELA } from "../elf.ts";
import type { FoundSymbol, NameSource } from "./name_source.ts";

const METHOD_SIZE: ByteCount = 32;
const WORD_SIZE: ByteCount = 8;
const RELOCATION_SIZE: ByteCount = 24;
const R_X86_64_RELATIVE = 8;
const MAX_DATA: ByteCount = 2 ** 25;
const MAX_RELOCATIONS = 2 ** 21;
const MAX_STRINGS: ByteCount = 2 ** 25;
const MAX_METHODS = 2 ** 17;
const MAX_NAME: ByteCount = 64;

/** How a method is called: METH_VARARGS with METH_KEYWORDS or without, METH_NOARGS, METH_O, METH_FASTCALL likewise. */
const CALLS = [0x1, 0x3, 0x4, 0x8, 0x80, 0x82, 0x282];
/** METH_CLASS, METH_STATIC and METH_COEXIST. */
const BINDINGS = 0x70;

const LATIN1 = new TextDecoder("latin1");

/** Names functions by where they begin, as their FDEs tell. */
export class MethodTables implements NameSource {
  readonly #names: ReadonlyMap<FileAddress, string>;

  constructor(names: ReadonlyMap<FileAddress, string>) {
    this.#names = names;
  }

  /** The function that begins at `functionStart` and holds the address. */
  lookup(_address: FileAddress, functionStart: FileAddress | null): FoundSymbol | null {
    const name = functionStart === null ? undefined : this.#names.get(functionStart);
    return name === undefined ? null : { name, start: functionStart!, size: 0 };
  }
}

/**
 * The names of all methods in the tables of a file; null where it is no part of Python.
 * @throws {RangeError} when the file ends early
 */
export function readMethodTables(elf: ElfFile): MethodTables | null {
  if (!knowsPython(elf)) return null;
  const names = new Map<FileAddress, string>();
  const relocations = elf.sections.filter(({ type }) => type === SHT_RELA);
  for (const section of elf.sections) {
    const isData = section.name.startsWith(".data") && section.type !== SHT_NOBITS;
    if (!isData || section.size > MAX_DATA) continue;
    addMethods(elf, loaded(elf, section, relocations), names);
  }
  return new MethodTables(names);
}

/** Whoever makes a module calls a function of that name, and the interpreter has it. */
function knowsPython(elf: ElfFile): boolean {
  const strings = elf.sections.find(({ name }) => name === ".dynstr");
  if (strings === undefined || strings.size > MAX_STRINGS) return false;
  return /\0PyModule(_Create2?|Def_Init)\0/.test(LATIN1.decode(elf.readAt(strings.offset, strings.size)));
}

/** A section as it is in memory, if the file is loaded at 0. */
function loaded(elf: ElfFile, { address, offset, size }: Section, relocations: readonly Section[]): Uint8Array {
  const bytes = elf.readAt(offset, size).slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const section of relocations) {
    const count = Math.min(Math.floor(section.size / RELOCATION_SIZE), MAX_RELOCATIONS);
    const reader = new ByteReader(elf.readAt(section.offset, count * RELOCATION_SIZE));
    for (let i = 0; i < count; i++) {
      reader.offset = i * RELOCATION_SIZE;
      const at = reader.u64() - address;
      if (at < 0 || at + WORD_SIZE > size || reader.u32() !== R_X86_64_RELATIVE) continue;
      reader.offset += 4;
      view.setBigUint64(at, BigInt(reader.u64()), true);
    }
  }
  return bytes;
}

function addMethods(elf: ElfFile, bytes: Uint8Array, names: Map<FileAddress, string>): void {
  const reader = new ByteReader(bytes);
  for (let at = 0; at + METHOD_SIZE <= bytes.length && names.size < MAX_METHODS;) {
    const method = methodAt(elf, reader, at);
    if (method === null) {
      at += WORD_SIZE;
      continue;
    }
    if (!names.has(method.start)) names.set(method.start, method.name);
    at += METHOD_SIZE;
  }
}

/** The method whose entry is there, or null where no entry is. */
function methodAt(elf: ElfFile, reader: ByteReader, at: number): { name: string; start: FileAddress } | null {
  reader.offset = at + 2 * WORD_SIZE;
  const [flags, padding] = [reader.u32(), reader.u32()];
  if (padding !== 0 || !CALLS.includes(flags & ~BINDINGS)) return null;
  reader.offset = at;
  const [nameAt, start] = [reader.u64(), reader.u64()];
  reader.offset = at + 3 * WORD_SIZE;
  const doc = reader.u64();
  const holds = (address: FileAddress, executable: boolean) =>
    elf.segments.find((segment) =>
      segment.type === PT_LOAD && segment.executable === executable && segment.address <= address &&
      address < segment.address + segment.fileSize
    );
  const segment = holds(nameAt, false);
  if (segment === undefined || holds(start, true) === undefined) return null;
  if (doc !== 0 && holds(doc, false) === undefined) return null;
  const place = nameAt - segment.address;
  const text = LATIN1.decode(elf.readAt(segment.offset + place, Math.min(MAX_NAME, segment.fileSize - place)));
  const name = /^([A-Za-z_]\w*)\0/.exec(text)?.[1];
  return name === undefined ? null : { name, start };
}
