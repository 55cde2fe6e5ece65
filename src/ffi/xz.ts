/**
 * Decompressing xz, by the liblzma that comes with libunwind.
 * @module
 */

import type { ByteCount } from "../types.ts";
import { loadShim } from "./library.ts";

const SYMBOLS = {
  // double xz_size(const uint8_t *bytes, uint32_t size): of the decompressed data, or -errno
  xz_size: { parameters: ["buffer", "u32"], result: "f64" },
  // int32_t xz_decompress(const uint8_t *bytes, uint32_t size, uint8_t *into, uint32_t room): 0 or -errno
  xz_decompress: { parameters: ["buffer", "u32", "buffer", "u32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Decompresses an xz stream, to `max` bytes at most.
 * @throws {SyntaxError} when it is malformed, too large, or wants too much memory
 */
export function decompressXz(bytes: Uint8Array, max: ByteCount): Uint8Array {
  const shim = loadShim(SYMBOLS);
  const compressed = bytes as Uint8Array<ArrayBuffer>;
  const size = shim.xz_size(compressed, compressed.length);
  if (size < 0 || size > max) throw new SyntaxError(`Cannot decompress ${bytes.length} bytes of xz: ${reason(size)}`);
  const result = new Uint8Array(size);
  const error = shim.xz_decompress(compressed, compressed.length, result, size);
  if (error < 0) throw new SyntaxError(`Cannot decompress ${bytes.length} bytes of xz: ${reason(error)}`);
  return result;
}

function reason(size: number): string {
  return size < 0 ? "they are malformed" : `they would become ${size}`;
}
