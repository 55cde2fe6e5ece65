/**
 * Names of the functions that a module gives to Python, from its tables of methods. A file keeps these also when it has
 * lost its symbols, as they are what makes `sorted` be called `sorted`. It is told as `sorted()`, so that nobody takes it
 * for the name of a symbol: that was `builtin_sorted`, and there may be some other symbol `sorted`.
 *
 *     struct PyMethodDef { const char *ml_name; PyCFunction ml_meth; int ml_flags; const char *ml_doc; };
 *
 * Tables are lists of these up to one of zeros. In a file that may be loaded anywhere the pointers are filled in by its
 * relocations. Sources: CPython, Include/methodobject.h; System V ABI for AMD64 1.0, 4.4.1 "Relocation Types".
 * @module
 */

import { ByteReader } from "../../byte_reader.ts";
import type { ByteCount, FileAddress } from "../../types.ts";
import { type ElfFile, type Section, type Segment, SHT_NOBITS, SHT_RELA } from "../elf.ts";
import { segmentAt } from "../loaded.ts";
import type { FoundSymbol, NameSource } from "./name_source.ts";

const METHOD_SIZE: ByteCount = 32;
const WORD_SIZE: ByteCount = 8;
/** Where the flags of a method are, in halves of words. */
const FLAGS = 4;
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
const FLAGS_MAX = 0x2f2;
/** One function has a few names at most. */
const MAX_NAMES = 8;

const LATIN1 = new TextDecoder("latin1");

/** Where the names of functions are, by where the functions begin. */
type NamePlaces = Map<FileAddress, FileAddress[]>;

/** Names functions by where they begin, as their FDEs tell. */
export class MethodTables implements NameSource {
  readonly #places: NamePlaces;
  readonly #nameAt: (place: FileAddress) => string | null;

  /** `nameAt` reads a name, or gives null where none is. */
  constructor(places: NamePlaces, nameAt: (place: FileAddress) => string | null) {
    this.#places = places;
    this.#nameAt = nameAt;
  }

  /**
   * The function that begins at `functionStart` and holds the address. One that does for several methods, as one that
   * only fails does, has the name of none.
   */
  lookup(_address: FileAddress, functionStart: FileAddress | null): FoundSymbol | null {
    const places = functionStart === null ? [] : this.#places.get(functionStart) ?? [];
    const [name, ...others] = new Set(places.map((place) => this.#nameAt(place)).filter((name) => name !== null));
    return name === undefined || others.length > 0 ? null : { name: `${name}()`, start: functionStart!, size: 0 };
  }
}

/**
 * The names of all methods in the tables of a file; null where it is no part of Python.
 * @throws {RangeError} when the file ends early
 */
export function readMethodTables(elf: ElfFile): MethodTables | null {
  if (!knowsPython(elf)) return null;
  const places: NamePlaces = new Map();
  const relocations = elf.sections.filter(({ type }) => type === SHT_RELA);
  for (const section of elf.sections) {
    const isData = section.name.startsWith(".data") && section.type !== SHT_NOBITS;
    if (!isData || section.size > MAX_DATA) continue;
    addMethods(elf, loaded(elf, section, relocations), places);
  }
  return new MethodTables(places, (place) => nameAt(elf, place));
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

function addMethods(elf: ElfFile, bytes: Uint8Array, places: NamePlaces): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
  const reader = new ByteReader(bytes);
  // By halves of words, as most of the time goes here: nearly all that is no method is told by its flags.
  const last = words.length - METHOD_SIZE / 4 + FLAGS;
  for (let i = FLAGS; i <= last; i += 2) {
    const flags = words[i];
    if (flags === 0 || flags > FLAGS_MAX || words[i + 1] !== 0 || !CALLS.includes(flags & ~BINDINGS)) continue;
    const method = methodAt(elf, reader, (i - FLAGS) * 4);
    if (method === null) continue;
    const known = places.get(method.start);
    if (known === undefined) places.set(method.start, [method.name]);
    else if (known.length < MAX_NAMES) known.push(method.name);
    if (places.size >= MAX_METHODS) return;
    i += METHOD_SIZE / 4 - 2;
  }
}

/** Where a method and its name are by the entry there, or null where no entry is. */
function methodAt(elf: ElfFile, reader: ByteReader, at: number): { name: FileAddress; start: FileAddress } | null {
  reader.offset = at;
  const [name, start] = [reader.u64(), reader.u64()];
  reader.offset = at + 3 * WORD_SIZE;
  const doc = reader.u64();
  if (segmentOf(elf, name, false) === null || segmentOf(elf, start, true) === null) return null;
  return doc !== 0 && segmentOf(elf, doc, false) === null ? null : { name, start };
}

/** The segment that has an address in the file, if it is one of code or of data, as is asked for. */
function segmentOf(elf: ElfFile, address: FileAddress, executable: boolean): Segment | null {
  const segment = segmentAt(elf, address);
  return segment?.executable === executable ? segment : null;
}

/** The name there, or null where none is. @throws {RangeError} when the file ends early */
function nameAt(elf: ElfFile, address: FileAddress): string | null {
  const segment = segmentAt(elf, address);
  if (segment === null) return null;
  const place = address - segment.address;
  const text = LATIN1.decode(elf.readAt(segment.offset + place, Math.min(MAX_NAME, segment.fileSize - place)));
  return /^([A-Za-z_]\w*)\0/.exec(text)?.[1] ?? null;
}
