/**
 * What was worked out of a large file's symbols, kept on the disk for the next run.
 *
 * What is there is what this very file of symbols would give, or it is not used: it has to be whole, of this version,
 * and of the same build-id and sections.
 *
 *     8 magic with version   u32 checksum of all that follows   u32 size of the key, padded to 8   u32 rows   u32 0
 *     key   f64 starts[rows]   f64 ends[rows]   i32 enclosing[rows]   u32 names[rows]   u8 kinds[rows]   u8 sources[rows]
 *     padding to 4
 * @module
 */

import type { ByteCount } from "../../types.ts";
import { DiskCache } from "../disk_cache.ts";
import type { SymbolRows } from "./symbol_rows.ts";

const MAGIC = "austins1";
const HEADER: ByteCount = 24;
const CHECKED_FROM: ByteCount = 12;
const ROW: ByteCount = 8 + 8 + 4 + 4 + 1 + 1;
const MAX_KEY: ByteCount = 4096;
/** Some ten libraries as large as any. */
const MAX_TOTAL: ByteCount = 256 * 2 ** 20;

/** What the rows were worked out of. */
export interface SymbolKey {
  readonly buildId: string;
  /** Where the tables and their strings lie in the file, and how large they are. */
  readonly sections: readonly number[];
}

/** Rows of symbols by what they are of. */
export class SymbolCache {
  readonly #files: DiskCache;

  /** Keeps files in `folder`, the newest of `maxTotal` bytes. */
  constructor(folder: string, { maxTotal = MAX_TOTAL }: { maxTotal?: ByteCount } = {}) {
    this.#files = new DiskCache(folder, { ending: ".symbols", maxTotal });
  }

  /** What was kept under a key, or null. */
  read(key: SymbolKey): SymbolRows | null {
    const bytes = this.#files.read(key.buildId);
    const rows = bytes === null ? null : decode(bytes, keyBytes(key));
    if (rows !== null) this.#files.touch(key.buildId);
    return rows;
  }

  /** Keeps rows, where that can be done. */
  write(key: SymbolKey, rows: SymbolRows): void {
    this.#files.write(key.buildId, encode(rows, keyBytes(key)));
  }
}

function keyBytes({ buildId, sections }: SymbolKey): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify([buildId, ...sections]));
  const bytes = new Uint8Array(Math.ceil(text.length / 8) * 8);
  bytes.set(text);
  return bytes;
}

/** Where the columns of so many rows lie behind the key. */
function layout(keySize: ByteCount, count: number) {
  const starts = HEADER + keySize;
  const sources = starts + count * (ROW - 1);
  return { starts, sources, size: Math.ceil((sources + count) / 4) * 4 };
}

function columns(buffer: ArrayBufferLike, { from, count }: { from: ByteCount; count: number }): SymbolRows {
  return {
    starts: new Float64Array(buffer, from, count),
    ends: new Float64Array(buffer, from + 8 * count, count),
    enclosing: new Int32Array(buffer, from + 16 * count, count),
    names: new Uint32Array(buffer, from + 20 * count, count),
    kinds: new Uint8Array(buffer, from + 24 * count, count),
    sources: new Uint8Array(buffer, from + 25 * count, count),
  };
}

function encode(rows: SymbolRows, key: Uint8Array): Uint8Array {
  const count = rows.starts.length;
  const { starts, size } = layout(key.length, count);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(12, key.length, true);
  view.setUint32(16, count, true);
  bytes.set(key, HEADER);
  const into = columns(bytes.buffer, { from: starts, count });
  for (const name of ["starts", "ends", "enclosing", "names", "kinds", "sources"] as const) into[name].set(rows[name]);
  view.setUint32(8, checksum(bytes), true);
  return bytes;
}

/** Null for whatever is not what `encode` makes of that key. */
function decode(bytes: Uint8Array, key: Uint8Array): SymbolRows | null {
  if (bytes.length < HEADER || bytes.length % 4 !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (new TextDecoder("latin1").decode(bytes.subarray(0, 8)) !== MAGIC) return null;
  const [keySize, count] = [view.getUint32(12, true), view.getUint32(16, true)];
  if (keySize !== key.length || keySize > MAX_KEY) return null;
  const { starts, size } = layout(keySize, count);
  if (bytes.length !== size || !key.every((byte, i) => bytes[HEADER + i] === byte)) return null;
  if (view.getUint32(8, true) !== checksum(bytes)) return null;
  return columns(bytes.buffer, { from: bytes.byteOffset + starts, count });
}

/** FNV-1a over words of 32 bits, in two lanes that are mixed in the end: quick in JavaScript, and no bit goes unseen. */
function checksum(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = CHECKED_FROM / 4; i < words.length; i++) {
    a = Math.imul(a ^ words[i], 0x01000193);
    b = (Math.imul(b, 31) + (words[i] ^ (a >>> 15))) | 0;
  }
  return (a ^ Math.imul(b ^ (b >>> 16), 0x85ebca6b)) >>> 0;
}
