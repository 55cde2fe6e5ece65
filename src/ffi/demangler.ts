/**
 * Demangling: the names of C++ (Itanium ABI) and Rust (both schemes) as their sources have them.
 * @module
 */

import type { ByteCount } from "../types.ts";
import { loadShim } from "./library.ts";

const SYMBOLS = {
  // int32_t demangle(const char *name, int32_t with_parameters, uint8_t *into, uint32_t room): bytes, 0 or -EMSGSIZE
  demangle: { parameters: ["buffer", "i32", "buffer", "u32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** What begins otherwise is not mangled: C++, Rust v0. */
const MANGLED = /^_?_[ZR]/;
/** What is longer when demangled stays as it is. */
const MAX_SIZE: ByteCount = 65536;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** The name that a compiler made `name` of, or null where it made it not, or of an absurdly long one. */
export function demangle(name: string, { parameters }: { readonly parameters: boolean }): string | null {
  if (!MANGLED.test(name)) return null;
  const bytes = new Uint8Array(MAX_SIZE);
  const size = loadShim(SYMBOLS).demangle(ENCODER.encode(`${name}\0`), parameters ? 1 : 0, bytes, bytes.length);
  return size > 0 ? DECODER.decode(bytes.subarray(0, size)) : null;
}
