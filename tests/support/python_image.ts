/**
 * A CPython made by hand: the structures of a version at its offsets, in a memory image.
 * @module
 */

import { CodeTable } from "../../src/python/code.ts";
import { type Dialect, dialectOf } from "../../src/python/dialect.ts";
import { type FrameReader, frameReaderOf, type ReadFrom } from "../../src/python/frames.ts";
import type { SharedGil } from "../../src/python/gil.ts";
import { type Offsets, offsetsOf } from "../../src/python/offsets.ts";
import type { Address, ByteCount, PythonStack } from "../../src/types.ts";
import { image, type Width } from "./memory_image.ts";

/** Fields that are no words. */
const WIDTHS: Readonly<Record<string, Width>> = {
  "frame.instruction": 4,
  "iframe.owner": 1,
  "iframe.isEntry": 1,
  "iframe.tlbcIndex": 4,
  "code.firstLine": 4,
  "code.firstTraceable": 4,
  "code.version": 4,
  "str.state": 4,
};

const HEAP: Address = 0x10_0000;
const CODE_TYPE: Address = 0xc0de_0000;
const UNIT: ByteCount = 2;

/** Nothing that interpreters share is known. */
export const NO_SHARED_GIL: SharedGil = { holder: null, locked: null, collecting: null };

/** A code object. */
export interface CodeOptions {
  readonly name: string;
  readonly file?: string;
  /** Its instruction i is at this line plus i. */
  readonly firstLine?: number;
  /** Number of instructions. */
  readonly units?: number;
  readonly version?: number;
  readonly type?: Address;
}

/** Numbers of fields by name. */
export type Fields = Readonly<Record<string, number>>;

/** One interpreter in an image. */
export class PythonImage {
  readonly memory = image();
  readonly offsets: Offsets;
  readonly dialect: Dialect;
  readonly codeType = CODE_TYPE;
  readonly codes: CodeTable;
  readonly frames: FrameReader;
  #next = HEAP;

  /** Of a version that has a table: `3.14t`. */
  constructor(table: string) {
    const [major, minor] = table.replace("t", "").split(".").map(Number);
    const version = { major, minor, patch: 0, level: "", serial: 0 } as const;
    this.offsets = offsetsOf(table)!;
    this.dialect = dialectOf(version);
    this.codes = new CodeTable(this);
    const { offsets, dialect, codeType } = this;
    this.frames = frameReaderOf(
      { version, offsets, dialect, codeType, interpretersHead: 0, gil: NO_SHARED_GIL },
      this.codes,
    );
  }

  /** Fresh memory, zeroed, with some room behind it. */
  allocate(size: ByteCount): Address {
    const address = this.#next;
    this.#next += Math.ceil((size + 1) / 16) * 16;
    this.memory.reserve(address, size);
    return address;
  }

  /** What comes next begins a page: memory that can be forgotten alone. */
  newPage(): this {
    this.#next = Math.ceil(this.#next / 4096) * 4096;
    return this;
  }

  /** Writes fields of a structure, by default a new one; returns its address. */
  struct(group: keyof Offsets, fields: Fields, address?: Address): Address {
    const offsets = this.offsets[group] as Readonly<Record<string, number | null>>;
    const at = address ?? this.allocate(offsets.size ?? 16);
    for (const [field, value] of Object.entries(fields)) {
      const offset = offsets[field];
      if (offset == null) throw new RangeError(`This version has no ${group}.${field}`);
      this.memory.number(at + offset, value, WIDTHS[`${group}.${field}`] ?? 8);
    }
    return at;
  }

  /** A `str`, or before 3 a byte string. */
  text(text: string): Address {
    const { str, strCompact, strBits } = this.offsets;
    if (!this.dialect.hasStr) return this.bytesObject(new TextEncoder().encode(text));
    const at = this.allocate(strCompact.data! + text.length);
    const state = 1 << strBits.kind! | 1 << strBits.compact! | 1 << strBits.ascii!;
    this.struct("str", { length: text.length, state }, at);
    this.memory.bytes(at + str.asciiData!, text);
    return at;
  }

  /** A `bytes`. */
  bytesObject(bytes: Uint8Array): Address {
    const { data } = this.offsets.bytes;
    const at = this.allocate(data + bytes.length);
    this.struct("bytes", { count: bytes.length }, at);
    this.memory.bytes(at + data, bytes);
    return at;
  }

  /** A code object with a line for each instruction. */
  code(options: CodeOptions, address?: Address): Address {
    const { name, file = "file.py", firstLine = 1, units = 8, version = 1, type = CODE_TYPE } = options;
    const { code } = this.offsets;
    const at = address ?? this.allocate(code.size + units * UNIT);
    this.struct("object", { type }, at);
    this.struct("code", {
      firstLine,
      name: this.text(name.replace(/.*\./, "")),
      filename: this.text(file),
      lineTable: this.bytesObject(this.lineTable(units)),
      ...(code.qualname === null ? {} : { qualname: this.text(name) }),
      ...(code.units === null ? {} : { units }),
      ...(code.version === null ? {} : { version }),
    }, at);
    return at;
  }

  /** Where instruction `index` of a code object is (3.11 and later). */
  instruction(code: Address, index: number): Address {
    return code + this.offsets.code.adaptiveInstructions! + index * UNIT;
  }

  /** The stack of a thread state as a capture of this memory shows it. */
  stack(threadState: Address, from?: ReadFrom): PythonStack {
    return this.frames.read(this.memory.capture(), threadState, from);
  }

  /** Instruction i is at line i. */
  lineTable(units: number): Uint8Array {
    const steps = Array.from({ length: units }, (_, i) => i === 0 ? 0 : 1);
    switch (this.dialect.lineFormat) {
      case "lnotab":
      case "lnotab-unsigned":
        return Uint8Array.from(steps.flatMap((step) => [step * UNIT, step]));
      case "ranges":
        return Uint8Array.from(steps.flatMap((step) => [UNIT, step]));
      case "locations": // kind 13: a line step, no columns
        return Uint8Array.from(steps.flatMap((step) => [0x80 | 13 << 3, step * 2]));
    }
  }
}

/** A stack in a line: `marker[inner:3 outer:1] ...`, activations from the innermost on; `torn` if it is. */
export function describeStack({ activations, torn }: PythonStack): string {
  if (torn) return "torn";
  return activations.map(({ marker, frames }) =>
    `${marker?.toString(16) ?? ""}[${frames.map((frame) => `${frame.function}:${frame.line}`).join(" ")}]`
  ).join(" ");
}
