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

/** A text as CPython keeps it: the same bytes are the same text. */
export interface RawText {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Size of a character in bytes; null where the bytes are UTF-8, as in byte strings. */
  readonly unit: ByteCount | null;
}

/** The text of a `str`, or null if there is none at `address`. */
export function readText(
  read: ReadMemory,
  address: Address,
  { str, strCompact, strBits }: TextOffsets,
): RawText | null {
  const head = new StructReader(strCompact.data!);
  if (!head.load(read, address)) return null;
  const length = head.word(str.length!);
  const state = head.u32(str.state!);
  const unit = (state >>> strBits.kind!) & KIND_MASK;
  const isCompact = (state >>> strBits.compact!) & 1;
  const isAscii = (state >>> strBits.ascii!) & 1;
  if (length > LENGTH_MAX || !isCompact || (unit !== 1 && unit !== 2 && unit !== 4)) return null;
  const bytes = readBytes(read, address + (isAscii ? str.asciiData! : strCompact.data!), length * unit);
  return bytes === null ? null : { bytes, unit };
}

/** The characters. Lone surrogates stay as they are: file names hold undecodable bytes so. */
export function decodeText({ bytes, unit }: RawText): string {
  if (unit === null) return new TextDecoder().decode(bytes);
  const units = unit === 1 ? bytes : unit === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
  let text = "";
  for (const point of units) text += point < 0x110000 ? String.fromCodePoint(point) : "\ufffd";
  return text;
}

/** The content of a `bytes`, or null if there is none at `address`. */
export function readBytesObject(
  read: ReadMemory,
  address: Address,
  offsets: Offsets["bytes"],
): Uint8Array<ArrayBuffer> | null {
  const head = new StructReader(offsets.data);
  if (!head.load(read, address)) return null;
  const length = head.word(offsets.count);
  return length > LENGTH_MAX ? null : readBytes(read, address + offsets.data, length);
}
