/**
 * `str` and `bytes` objects: CPython Include/cpython/unicodeobject.h, Include/cpython/bytesobject.h.
 * @module
 */

import type { Address, ByteCount, ReadMemory } from "../types.ts";
import { readBytes, StructReader } from "./memory.ts";
import type { Offsets } from "./offsets.ts";

/** Longer strings and tables are not names or line tables. */
const LENGTH_MAX = 2 ** 20;
const KIND_MASK = 7;

/** What the reader of a `str` has to know of it. */
export type TextOffsets = Pick<Offsets, "str" | "strCompact" | "strBits">;

/** The text of a `str`, or null if there is none at `address`. */
export function readText(read: ReadMemory, address: Address, { str, strCompact, strBits }: TextOffsets): string | null {
  const head = new StructReader(strCompact.data!);
  if (!head.load(read, address)) return null;
  const length = head.word(str.length!);
  const state = head.u32(str.state!);
  const kind = (state >>> strBits.kind!) & KIND_MASK;
  const isCompact = (state >>> strBits.compact!) & 1;
  const isAscii = (state >>> strBits.ascii!) & 1;
  if (length > LENGTH_MAX || !isCompact || (kind !== 1 && kind !== 2 && kind !== 4)) return null;
  const bytes = readBytes(read, address + (isAscii ? str.asciiData! : strCompact.data!), length * kind);
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
  const length = head.word(offsets.count);
  return length > LENGTH_MAX ? null : readBytes(read, address + offsets.data, length);
}
