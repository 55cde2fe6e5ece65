/**
 * Code objects: from an address and an instruction to a named frame with its place in the source.
 *
 * Addresses of code objects are used again within milliseconds (exec, lambdas, reloads), and with them those of all that
 * they point to. From 3.12 on a serial number tells them apart, and is part of an entry's key, which every capture
 * carries. Before, nothing but its contents tells one from the next: where a capture has them they are compared. Mostly
 * it has not: who captures looks at the contents of each code object on the stack each time, and tells a print of them,
 * which is the same as long as they are; names and line table come with the first capture only.
 * @module
 */

import type { Address, ByteCount, PythonFrame, ReadMemory } from "../types.ts";
import type { Dialect } from "./dialect.ts";
import { type LineTable, locate, NO_POSITION, type Position } from "./line_table.ts";
import { readBytes, readWord, StructReader } from "./memory.ts";
import type { Offsets } from "./offsets.ts";
import { decodeText, type RawText, readBytesObject, readText } from "./unicode.ts";

const CODE_UNIT = 2;
/** A frame that has not begun points one unit before its first instruction (3.11, 3.12). */
const BEFORE_FIRST = -CODE_UNIT;
/** No more threads than this have instructions of their own. */
const COPIES_MAX = 2 ** 16;
const WORD_SIZE = 8;
/** More code objects than this are not remembered, nor more places in one. */
const CODES_MAX = 2 ** 16;
const PLACES_MAX = 2 ** 16;
/** More code objects than this at one address are not kept apart: the oldest is forgotten. */
const VERSIONS_MAX = 64;
/** Where the size of the instructions is not in the code object itself. */
const SIZE_MAX = 2 ** 31;

/** One code object, as long as it lived. */
export interface Code {
  readonly address: Address;
  readonly key: Uint8Array;
  readonly contents: Contents;
  readonly file: string;
  readonly name: string;
  readonly lines: LineTable;
  /** Of the instructions, in bytes. */
  readonly size: ByteCount;
  /** Offset in bytes of the first instruction that counts as started. */
  readonly firstTraceable: ByteCount;
  /** Frames by the offset of their instruction: the same place is the same object. */
  readonly frames: Map<number, PythonFrame>;
  /** What the captures that had its contents told of them; 0 if nothing. */
  print: number;
  /** Where each thread's own instructions are, in free-threaded builds: words by number, 0 for none. */
  copies: readonly Address[];
}

/** What a code object's frames are named by. */
interface Contents {
  readonly file: RawText;
  readonly name: RawText;
  readonly lineTable: Uint8Array;
}

/** The part of a code object that tells it from others at the same address; from all that ever were, if `isUnique`. */
export function codeKey({ code }: Offsets): { start: ByteCount; size: ByteCount; isUnique: boolean } {
  const fields = [code.firstLine, code.filename, code.name, code.qualname, code.lineTable, code.version, code.tlbc]
    .filter((offset) => offset !== null);
  const start = Math.min(...fields);
  return { start, size: Math.max(...fields) + WORD_SIZE - start, isUnique: code.version !== null };
}

/** What code objects are read with. */
export interface CodeTableOptions {
  readonly offsets: Offsets;
  readonly dialect: Dialect;
  /** Address of `PyCode_Type`, null where the binary does not tell it. */
  readonly codeType: Address | null;
}

/** All code objects seen in one process. */
export class CodeTable {
  readonly #options: CodeTableOptions;
  readonly #codes = new Map<Address, Code[]>();
  readonly #keyStart: ByteCount;
  readonly #isKeyUnique: boolean;
  readonly #key: StructReader;
  readonly #object: StructReader;
  /** Of all in `#codes`. */
  #count = 0;
  #isMissing = false;
  /** The capture that was read last, and what was found in it. */
  #capture: ReadMemory | null = null;
  readonly #found = new Map<Address, Code>();
  /** Of those that the next capture has, and are not known yet. */
  readonly #prints = new Map<Address, number>();

  constructor(options: CodeTableOptions) {
    const { start, size, isUnique } = codeKey(options.offsets);
    this.#options = options;
    this.#keyStart = start;
    this.#isKeyUnique = isUnique;
    this.#key = new StructReader(size);
    this.#object = new StructReader(options.offsets.code.size);
  }

  /** Begins with a capture that will be read by `read`, and tells what it has; without that, all is read and compared. */
  begin(read: ReadMemory, forEachCode: (each: (address: Address, print: number) => void) => void): void {
    this.#capture = read;
    this.#found.clear();
    this.#prints.clear();
    forEachCode((address, print) => {
      if (print === 0) return;
      const code = this.#codes.get(address)?.find((code) => code.print === print);
      if (code !== undefined) this.#found.set(address, code);
      else this.#prints.set(address, print);
    });
  }

  /**
   * The code object at `address` in a capture; null if it is none, or its contents are not in the capture. Each capture
   * has a `read` of its own.
   */
  find(read: ReadMemory, address: Address): Code | null {
    if (read !== this.#capture) {
      this.#capture = read;
      this.#found.clear();
      this.#prints.clear();
    }
    const found = this.#found.get(address) ?? this.#find(read, address);
    if (found === null) return null;
    this.#found.set(address, found);
    found.print = this.#prints.get(address) ?? found.print;
    return found;
  }

  /** Whether a code object could not be read since the last call: its contents did not come with its capture. */
  takeMissing(): boolean {
    const isMissing = this.#isMissing;
    this.#isMissing = false;
    return isMissing;
  }

  /**
   * Offset in bytes of the instruction at the address `instruction`, in copy number `copy` of the instructions of `code`;
   * null if it is not there.
   */
  offset(
    code: Code,
    { read, instruction, copy }: { read: ReadMemory; instruction: Address; copy: number },
  ): ByteCount | null {
    if (instruction === 0) return 0;
    const start = copy === 0 ? code.address + this.#options.offsets.code.adaptiveInstructions! : code.copies[copy];
    const offset = offsetIn(code, instruction, start);
    if (offset !== null || copy === 0) return offset;
    // A thread's copy is made when it first runs the code, long after the others.
    const copies = this.#copies(read, code.address);
    this.#isMissing ||= copies === null;
    code.copies = copies ?? code.copies;
    return offsetIn(code, instruction, code.copies[copy]);
  }

  /** The frame that runs `code` at the instruction at `offset` bytes. */
  frame(code: Code, offset: ByteCount): PythonFrame {
    const known = code.frames.get(offset);
    if (known !== undefined) return known;
    const { name, file } = code;
    const frame: PythonFrame = { kind: "python", function: name, file, ...positionAt(code, offset) };
    if (code.frames.size >= PLACES_MAX) code.frames.clear();
    code.frames.set(offset, frame);
    return frame;
  }

  #find(read: ReadMemory, address: Address): Code | null {
    if (!this.#key.load(read, address + this.#keyStart)) return null;
    const versions = this.#codes.get(address);
    const contents = this.#isKeyUnique ? null : this.#contents(read, address);
    const known = versions?.find((code) =>
      sameBytes(code.key, this.#key.bytes) && (this.#isKeyUnique || contents !== null && sameContents(code, contents))
    );
    if (known !== undefined) return known;
    const code = this.#read(read, address);
    if (code === null) {
      this.#isMissing = true;
      return null;
    }
    this.#remember(code);
    return code;
  }

  #remember(code: Code): void {
    if (++this.#count > CODES_MAX) {
      this.#codes.clear();
      this.#count = 1;
      // What was forgotten may still run, and is to come again.
      this.#isMissing = true;
    }
    const versions = this.#codes.get(code.address);
    if (versions === undefined) {
      this.#codes.set(code.address, [code]);
    } else if (versions.unshift(code) > VERSIONS_MAX) {
      versions.pop();
      this.#count--;
    }
  }

  #read(read: ReadMemory, address: Address): Code | null {
    const contents = this.#contents(read, address);
    if (contents === null) return null;
    const { offsets: { code }, dialect } = this.#options;
    const object = this.#object;
    return {
      address,
      key: this.#key.bytes.slice(),
      contents,
      file: decodeText(contents.file),
      name: decodeText(contents.name),
      lines: { format: dialect.lineFormat, bytes: contents.lineTable, firstLine: object.i32(code.firstLine) },
      size: code.units === null ? SIZE_MAX : object.word(code.units) * CODE_UNIT,
      firstTraceable: code.firstTraceable === null ? 0 : object.i32(code.firstTraceable) * CODE_UNIT,
      frames: new Map(),
      print: 0,
      copies: (code.tlbc === null ? null : this.#copies(read, address)) ?? [],
    };
  }

  /** Leaves the code object in `#object`. */
  #contents(read: ReadMemory, address: Address): Contents | null {
    const object = this.#object;
    const { offsets: { code, object: header, bytes }, codeType } = this.#options;
    if (!object.load(read, address)) return null;
    if (codeType !== null && object.word(header.type) !== codeType) return null;
    const file = this.#text(read, object.word(code.filename));
    const name = this.#text(read, object.word(code.qualname ?? code.name));
    const lineTable = readBytesObject(read, object.word(code.lineTable), bytes);
    return file === null || name === null || lineTable === null ? null : { file, name, lineTable };
  }

  #text(read: ReadMemory, address: Address): RawText | null {
    const { offsets, dialect } = this.#options;
    if (dialect.hasStr) return readText(read, address, offsets);
    const bytes = readBytesObject(read, address, offsets.bytes);
    return bytes === null ? null : { bytes, unit: null };
  }

  /** The array of addresses of copies: CPython Include/cpython/code.h, _PyCodeArray. */
  #copies(read: ReadMemory, address: Address): Address[] | null {
    const { code, tlbc } = this.#options.offsets;
    const array = readWord(read, address + code.tlbc!);
    const count = array === null ? null : readWord(read, array + tlbc.count!);
    if (array === null || count === null || count > COPIES_MAX) return null;
    const bytes = readBytes(read, array + tlbc.items!, count * WORD_SIZE);
    return bytes && [...new BigUint64Array(bytes.buffer)].map(Number);
  }
}

/** Where an instruction is behind `start`, the first one's address; null if it is not one of the code's. */
function offsetIn(code: Code, instruction: Address, start: Address | undefined): ByteCount | null {
  const offset = start ? instruction - start : NaN;
  return offset >= BEFORE_FIRST && offset <= code.size ? offset : null;
}

/** A frame that has not begun yet is at its function's first line. */
function positionAt({ lines, firstTraceable }: Code, offset: ByteCount): Position {
  const first = Math.max(lines.firstLine, 0);
  const begin = { ...NO_POSITION, line: first, endLine: first };
  if (offset < firstTraceable || offset < 0) return begin;
  try {
    const position = locate(lines, offset);
    return position.line <= 0 ? begin : position;
  } catch (error) {
    if (error instanceof RangeError) return begin;
    throw error;
  }
}

function sameContents({ contents }: Code, { file, name, lineTable }: Contents): boolean {
  return sameText(contents.name, name) && sameText(contents.file, file) && sameBytes(contents.lineTable, lineTable);
}

function sameText(a: RawText, b: RawText): boolean {
  return a.unit === b.unit && sameBytes(a.bytes, b.bytes);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
