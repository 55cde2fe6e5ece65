/**
 * `str` and `bytes` objects: CPython Include/cpython/unicodeobject.h, Include/cpython/bytesobject.h.
 * @module
 */

import type { Address, ByteCount, ReadMemory } from "../types.ts";
import { readBytes, StructReader } from "./memory.ts";
import type { Offsets } from "./offsets.ts";

/** Longer strings and tables are not names or line tables. */
const LENGTH_MAX = 2 ** 20;

const KIND_SHIFT = 2;
const KIND_MASK = 7;
const COMPACT = 1 << 5;
const ASCII = 1 << 6;

/** The text of a `str`, or null if there is none at `address`. */
export function readText(read: ReadMemory, address: Address, offsets: Offsets["text"]): string | null {
  const head = new StructReader(offsets.compactData);
  if (!head.load(read, address)) return null;
  const length = head.word(offsets.length);
  const state = head.u32(offsets.state);
  const kind = (state >> KIND_SHIFT) & KIND_MASK;
  if (length > LENGTH_MAX || !(state & COMPACT) || (kind !== 1 && kind !== 2 && kind !== 4)) return null;
  const data = state & ASCII ? offsets.asciiData : offsets.compactData;
  const bytes = readBytes(read, address + data, length * kind);
  return bytes === null ? null : decode(bytes, kind);
}

/** Characters of 1, 2 or 4 bytes each. Lone surrogates stay as they are: file names hold undecodable bytes so. */
function decode(bytes: Uint8Array<ArrayBuffer>, kind: ByteCount): string {
  const units = kind === 1 ? bytes : kind === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
  let text = "";
  for (const unit of units) text += unit < 0x110000 ? String.fromCodePoint(unit) : "\ufffd";
  return text;
}

/** The content of a `bytes`, or null if there is none at `address`. */
export function readBytesObject(read: ReadMemory, address: Address, offsets: Offsets["bytes"]): Uint8Array | null {
  const head = new StructReader(offsets.data);
  if (!head.load(read, address)) return null;
  const length = head.word(offsets.length);
  return length > LENGTH_MAX ? null : readBytes(read, address + offsets.data, length);
}
