/**
 * Code objects: from an address and an instruction to a named frame with its place in the source.
 *
 * Addresses of code objects are used again within milliseconds (exec, lambdas, reloads). So an entry is keyed by
 * the address and by the bytes of the object that tell it from others, which every capture carries, and its names
 * and line table are read from the capture that was made while the code ran.
 * @module
 */

import type { Address, PythonFrame, ReadMemory } from "../types.ts";
import { locate, NO_POSITION, type Position } from "./line_table.ts";
import { StructReader } from "./memory.ts";
import type { Offsets } from "./offsets.ts";
import { readBytesObject, readText } from "./unicode.ts";

const CODE_UNIT = 2;
/** More code objects than this at one address are not kept apart: the oldest is forgotten. */
const VERSIONS_MAX = 64;

/** One code object, as long as it lived. */
export interface Code {
  readonly key: Uint8Array;
  readonly file: string;
  readonly name: string;
  readonly firstLine: number;
  readonly lineTable: Uint8Array;
  /** Of the instructions, in bytes. */
  readonly size: number;
  /** Offset in bytes of the first instruction that counts as started. */
  readonly firstTraceable: number;
  /** Frames by the offset of their instruction: the same place is the same object. */
  readonly frames: Map<number, PythonFrame>;
}

/** The part of a code object that tells it from others at the same address: from its first line to its line table. */
export function codeKey(offsets: Offsets): { start: number; size: number } {
  return { start: offsets.code.firstLine, size: offsets.code.lineTable + 8 - offsets.code.firstLine };
}

/** All code objects seen in one interpreter. */
export class CodeTable {
  readonly #offsets: Offsets;
  readonly #codeType: Address | null;
  readonly #codes = new Map<Address, Code[]>();
  readonly #keyStart: number;
  readonly #key: StructReader;
  readonly #object: StructReader;

  /** `codeType` is the address of `PyCode_Type`, null where the binary does not tell it. */
  constructor(offsets: Offsets, codeType: Address | null) {
    const { start, size } = codeKey(offsets);
    this.#offsets = offsets;
    this.#codeType = codeType;
    this.#keyStart = start;
    this.#key = new StructReader(size);
    this.#object = new StructReader(offsets.code.size);
  }

  /** The code object at `address` in a capture; null if it is none, or its contents are not in the capture. */
  find(read: ReadMemory, address: Address): Code | null {
    if (!this.#key.load(read, address + this.#keyStart)) return null;
    const versions = this.#codes.get(address);
    const known = versions?.find((code) => sameBytes(code.key, this.#key.bytes));
    if (known !== undefined) return known;
    const code = this.#read(read, address);
    if (code === null) return null;
    if (versions === undefined) this.#codes.set(address, [code]);
    else if (versions.unshift(code) > VERSIONS_MAX) versions.pop();
    return code;
  }

  /** The frame that runs `code` at the instruction at `offset` bytes. */
  frame(code: Code, offset: number): PythonFrame {
    const known = code.frames.get(offset);
    if (known !== undefined) return known;
    const frame: PythonFrame = {
      kind: "python",
      function: code.name,
      file: code.file,
      ...positionAt(code, offset),
    };
    code.frames.set(offset, frame);
    return frame;
  }

  #read(read: ReadMemory, address: Address): Code | null {
    const object = this.#object;
    const { code, text, bytes, objectType } = this.#offsets;
    if (!object.load(read, address)) return null;
    if (this.#codeType !== null && object.word(objectType) !== this.#codeType) return null;
    const file = readText(read, object.word(code.file), text);
    const name = readText(read, object.word(code.qualifiedName), text);
    const lineTable = readBytesObject(read, object.word(code.lineTable), bytes);
    if (file === null || name === null || lineTable === null) return null;
    return {
      key: this.#key.bytes.slice(),
      file,
      name,
      firstLine: object.i32(code.firstLine),
      lineTable,
      size: object.word(code.units) * CODE_UNIT,
      firstTraceable: object.i32(code.firstTraceable) * CODE_UNIT,
      frames: new Map(),
    };
  }
}

/** A frame that has not begun yet is at its function's first line. */
function positionAt(code: Code, offset: number): Position {
  const begin = { ...NO_POSITION, line: code.firstLine, endLine: code.firstLine };
  if (offset < code.firstTraceable) return begin;
  try {
    const position = locate(code.lineTable, code.firstLine, offset);
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
