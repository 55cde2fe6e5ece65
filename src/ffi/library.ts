/**
 * Loads the shim, or the reader of source lines, and the libraries that each needs. The only module that calls
 * `Deno.dlopen`.
 *
 * In: the files that tools/build.ts made below build/, read from there, or from the compiled executable that has
 * them embedded under the same paths. Out: bound functions, for the symbol tables that the other modules of this
 * folder hand in. Loading writes nothing to a disk, so read-only and noexec file systems do not matter: each file
 * is copied into memory and opened as /proc/self/fd/N.
 * @module
 */

import { AustinpError } from "../errors.ts";
import { ownFile } from "../own_files.ts";
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

/**
 * What the reader of source lines needs, below build/. The very libbfd whose headers it was compiled with: the layout of
 * its structures changes with each version, so that no other will do, whatever the system has. What that version does
 * not need of these is not there.
 */
export const LINE_LIBRARIES = ["lib/libz.so", "lib/libzstd.so", "lib/libsframe.so", "lib/libbfd.so"] as const;

/** The reader of source lines, below build/. */
export const LINES = "libaustinp_lines.so";

/** A library that this program brings with it is missing or cannot be loaded. */
export class LibraryError extends AustinpError {
  override name = "LibraryError";
  constructor(readonly library: string, detail: string, options?: ErrorOptions) {
    super(`Cannot load ${library}: ${detail}`, options);
  }
}

// glibc knows a loaded library by the path that it was opened by and hands out the same one for the same path. So
// descriptor numbers must not come up twice: the files stay open, and a library's path serves every table.
const paths = new Map<string, string>();
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
  return load(symbols, { library: SHIM, needs: LIBRARIES });
}

/**
 * The same for the reader of source lines.
 *
 * @throws {LibraryError} as `loadShim` does.
 */
export function loadLines<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Deno.StaticForeignLibraryInterface<S> {
  return load(symbols, { library: LINES, needs: LINE_LIBRARIES.filter(isThere) });
}

function load<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
  { library, needs }: { library: string; needs: readonly string[] },
): Deno.StaticForeignLibraryInterface<S> {
  let functions = bound.get(symbols);
  if (functions === undefined) {
    let path = paths.get(library);
    if (path === undefined) paths.set(library, path = loadFiles([...needs, library]));
    functions = open(library, path, symbols);
    bound.set(symbols, functions);
  }
  return functions as Deno.StaticForeignLibraryInterface<S>;
}

/** Loads files in their order; returns the path of the last. */
function loadFiles(files: readonly string[]): string {
  const libc = open("libc.so.6", "libc.so.6", MEMFD_SYMBOLS);
  return files.map((file) => loadFile(libc, file))[files.length - 1];
}

function loadFile(libc: MemfdLibrary, file: string): string {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const path = createMemoryFile(libc, name, readLibrary(name, ownFile(`build/${file}`)));
  open(name, path, {});
  return path;
}

function isThere(file: string): boolean {
  try {
    return Deno.statSync(ownFile(`build/${file}`)).isFile;
  } catch {
    return false;
  }
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
