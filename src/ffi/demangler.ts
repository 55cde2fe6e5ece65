/**
 * Demangling: the names of C++ (Itanium ABI) and Rust (both schemes) as their sources have them.
 * @module
 */

import { loadShim } from "./library.ts";

const SYMBOLS = {
  // int32_t demangle(const char *name, int32_t with_parameters, uint8_t *into, uint32_t room): bytes, 0 or -EMSGSIZE
  demangle: { parameters: ["buffer", "i32", "buffer", "u32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** What begins otherwise is not mangled: C++, Rust v0. */
const MANGLED = /^_?_[ZR]/;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** Demangles; remembers nothing but its buffer. */
export class Demangler {
  readonly #shim = loadShim(SYMBOLS);
  readonly #buffer = new Uint8Array(65536);

  /** The name that was mangled, or null where `name` is none or would become absurdly long. */
  demangle(name: string, { parameters }: { readonly parameters: boolean }): string | null {
    if (!MANGLED.test(name)) return null;
    const size = this.#shim.demangle(
      ENCODER.encode(`${name}\0`),
      parameters ? 1 : 0,
      this.#buffer,
      this.#buffer.length,
    );
    return size > 0 ? DECODER.decode(this.#buffer.subarray(0, size)) : null;
  }
}
