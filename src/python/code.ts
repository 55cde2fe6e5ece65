/**
 * Code objects: from an address and an instruction to a named frame with its place in the source.
 *
 * Addresses of code objects are used again within milliseconds (exec, lambdas, reloads). So an entry is keyed by
 * the address and by the bytes of the object that tell it from others, which every capture carries, and its names
 * and line table are read from the capture that was made while the code ran.
 * @module
 */

import type { Address, ByteCount, PythonFrame, ReadMemory } from "../types.ts";
import type { Dialect } from "./dialect.ts";
import { type LineTable, locate, NO_POSITION, type Position } from "./line_table.ts";
import { StructReader } from "./memory.ts";
import type { Offsets } from "./offsets.ts";
import { readBytesObject, readText } from "./unicode.ts";

const CODE_UNIT = 2;
/** More code objects than this at one address are not kept apart: the oldest is forgotten. */
const VERSIONS_MAX = 64;
/** Where the size of the instructions is not in the code object itself. */
const SIZE_MAX = 2 ** 31;

/** One code object, as long as it lived. */
export interface Code {
  readonly key: Uint8Array;
  readonly file: string;
  readonly name: string;
  readonly lines: LineTable;
  /** Of the instructions, in bytes. */
  readonly size: ByteCount;
  /** Offset in bytes of the first instruction that counts as started. */
  readonly firstTraceable: ByteCount;
  /** Frames by the offset of their instruction: the same place is the same object. */
  readonly frames: Map<number, PythonFrame>;
}

/** The part of a code object that tells it from others at the same address. */
export function codeKey({ code }: Offsets): { start: ByteCount; size: ByteCount } {
  const fields = [code.firstLine, code.filename, code.name, code.qualname, code.lineTable, code.version, code.tlbc]
    .filter((offset) => offset !== null);
  const start = Math.min(...fields);
  return { start, size: Math.max(...fields) + 8 - start };
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
  readonly #key: StructReader;
  readonly #object: StructReader;
  #isMissing = false;

  constructor(options: CodeTableOptions) {
    const { start, size } = codeKey(options.offsets);
    this.#options = options;
    this.#keyStart = start;
    this.#key = new StructReader(size);
    this.#object = new StructReader(options.offsets.code.size);
  }

  /** The code object at `address` in a capture; null if it is none, or its contents are not in the capture. */
  find(read: ReadMemory, address: Address): Code | null {
    if (!this.#key.load(read, address + this.#keyStart)) return null;
    const versions = this.#codes.get(address);
    const known = versions?.find((code) => sameBytes(code.key, this.#key.bytes));
    if (known !== undefined) return known;
    const code = this.#read(read, address);
    if (code === null) {
      this.#isMissing = true;
      return null;
    }
    if (versions === undefined) this.#codes.set(address, [code]);
    else if (versions.unshift(code) > VERSIONS_MAX) versions.pop();
    return code;
  }

  /** Whether a code object could not be read since the last call: its contents did not come with its capture. */
  takeMissing(): boolean {
    const isMissing = this.#isMissing;
    this.#isMissing = false;
    return isMissing;
  }

  /** The frame that runs `code` at the instruction at `offset` bytes. */
  frame(code: Code, offset: ByteCount): PythonFrame {
    const known = code.frames.get(offset);
    if (known !== undefined) return known;
    const { name, file } = code;
    const frame: PythonFrame = { kind: "python", function: name, file, ...positionAt(code, offset) };
    code.frames.set(offset, frame);
    return frame;
  }

  #read(read: ReadMemory, address: Address): Code | null {
    const object = this.#object;
    const { offsets: { code, object: header, bytes }, dialect, codeType } = this.#options;
    if (!object.load(read, address)) return null;
    if (codeType !== null && object.word(header.type) !== codeType) return null;
    const file = this.#text(read, object.word(code.filename));
    const name = this.#text(read, object.word(code.qualname ?? code.name));
    const lineTable = readBytesObject(read, object.word(code.lineTable), bytes);
    if (file === null || name === null || lineTable === null) return null;
    return {
      key: this.#key.bytes.slice(),
      file,
      name,
      lines: { format: dialect.lineFormat, bytes: lineTable, firstLine: object.i32(code.firstLine) },
      size: code.units === null ? SIZE_MAX : object.word(code.units) * CODE_UNIT,
      firstTraceable: code.firstTraceable === null ? 0 : object.i32(code.firstTraceable) * CODE_UNIT,
      frames: new Map(),
    };
  }

  #text(read: ReadMemory, address: Address): string | null {
    const { offsets, dialect } = this.#options;
    if (dialect.hasStr) return readText(read, address, offsets);
    const bytes = readBytesObject(read, address, offsets.bytes);
    return bytes === null ? null : new TextDecoder().decode(bytes);
  }
}

/** A frame that has not begun yet is at its function's first line. */
function positionAt({ lines, firstTraceable }: Code, offset: ByteCount): Position {
  const begin = { ...NO_POSITION, line: lines.firstLine, endLine: lines.firstLine };
  if (offset < firstTraceable || offset < 0) return begin;
  try {
    const position = locate(lines, offset);
    return position.line === 0 ? begin : position;
  } catch (error) {
    if (error instanceof RangeError) return begin;
    throw error;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
