/**
 * Loads the shim and the libraries that it needs. The only module that calls `Deno.dlopen`.
 *
 * In: the files that tools/build.ts made below build/, read from there, or from the compiled executable that has
 * them embedded under the same paths. Out: bound functions, for the symbol tables that the other modules of this
 * folder hand in. Loading writes nothing to a disk, so read-only and noexec file systems do not matter: each file
 * is copied into memory and opened as /proc/self/fd/N.
 * @module
 */

import { AustinpError } from "../errors.ts";
import { createMemoryFile, MEMFD_SYMBOLS, type MemfdLibrary } from "./memfd.ts";

/**
 * What the shim needs, below build/, each after those that it needs itself: glibc resolves a NEEDED entry by the
 * SONAME of what is loaded already, so the order makes it indifferent whether the system has the libraries too.
 */
export const LIBRARIES = [
  "lib/liblzma.so.5",
  "lib/libunwind.so.8",
  "lib/libunwind-x86_64.so.8",
  "lib/libunwind-ptrace.so.0",
] as const;

/** The shim, below build/. */
export const SHIM = "libaustinp_shim.so";

const BUILD = new URL("../../build/", import.meta.url);

/** A library that this program brings with it is missing or cannot be loaded. */
export class LibraryError extends AustinpError {
  override name = "LibraryError";
  constructor(readonly library: string, detail: string, options?: ErrorOptions) {
    super(`Cannot load ${library}: ${detail}`, options);
  }
}

// glibc knows a loaded library by the path that it was opened by and hands out the same one for the same path. So
// descriptor numbers must not come up twice: the files stay open, and the shim's path serves every table.
let shimPath: string | undefined;
const bound = new WeakMap<Deno.ForeignLibraryInterface, object>();

/**
 * Binds functions of the shim, loading it and its libraries the first time. Asked again with the same table, it gives
 * the same functions at no cost.
 *
 * @throws {LibraryError} if a file is missing or refused by the dynamic linker, or a function is not in the shim.
 */
export function loadShim<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Deno.StaticForeignLibraryInterface<S> {
  let functions = bound.get(symbols);
  if (functions === undefined) {
    shimPath ??= loadFiles();
    functions = open(SHIM, shimPath, symbols);
    bound.set(symbols, functions);
  }
  return functions as Deno.StaticForeignLibraryInterface<S>;
}

function loadFiles(): string {
  const libc = open("libc.so.6", "libc.so.6", MEMFD_SYMBOLS);
  for (const library of LIBRARIES) loadFile(libc, library);
  return loadFile(libc, SHIM);
}

function loadFile(libc: MemfdLibrary, file: string): string {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const path = createMemoryFile(libc, name, readLibrary(name, new URL(file, BUILD)));
  open(name, path, {});
  return path;
}

function readLibrary(name: string, file: URL): Uint8Array {
  try {
    return Deno.readFileSync(file);
  } catch (cause) {
    throw new LibraryError(name, `${file.pathname} cannot be read; run \`make\` first`, { cause });
  }
}

function open<const S extends Deno.ForeignLibraryInterface>(
  name: string,
  path: string,
  symbols: S,
): Deno.StaticForeignLibraryInterface<S> {
  try {
    return Deno.dlopen(path, symbols).symbols;
  } catch (cause) {
    throw new LibraryError(name, (cause as Error).message, { cause });
  }
}
