/**
 * Builds what src/ffi/library.ts loads: the shim from csrc/, the reader of source lines from csrc/lines/, and beside
 * them the libraries that they need.
 *
 *     deno run -A tools/build.ts [--sanitize]
 *
 * In: csrc/, and .toolchain/sysroot as tools/setup.sh left it. Out: build/libaustinp_*.so and build/lib/*; with
 * --sanitize the same below build/sanitized/, the shim with AddressSanitizer and UndefinedBehaviorSanitizer in it.
 * Files newer than what they are made of are left alone.
 * @module
 */

import { LIBRARIES, LINE_LIBRARIES, LINES, SHIM } from "../src/ffi/library.ts";
import { run } from "./commands.ts";
import { modified } from "./files.ts";

const SYSROOT = ".toolchain/sysroot";

const FLAGS = [
  ...["-std=c11", "-D_GNU_SOURCE", "-O2", "-g", "-fPIC", "-shared", "-pthread", "-fvisibility=hidden"],
  ...["-Wall", "-Wextra", "-Werror"],
  `-ffile-prefix-map=${Deno.cwd()}=.`, // the executable does not tell where it was built
];
// When Deno ends by an error that nobody caught it unloads what it has loaded, while our threads run in there: nodelete.
// The sanitizers' own run-time library is preloaded instead of linked; otherwise the linker must find every symbol.
const PLAIN_FLAGS = ["-Wl,--no-undefined", "-Wl,-z,nodelete"];
// They also lead gcc to see uninitialized variables where there are none.
const SANITIZE_FLAGS = ["-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-Wno-maybe-uninitialized"];

// bfd.h wants to be told what it is compiled into.
const LINES_FLAGS = ["-DPACKAGE=austinp", "-DPACKAGE_VERSION=1", "-Wl,--no-undefined", "-Wl,--allow-shlib-undefined"];

function build(folder: string, variant: readonly string[]): void {
  Deno.mkdirSync(`${folder}/lib`, { recursive: true });
  const isNeeded = (library: string) => modified(sourceOf(library)) >= 0;
  for (const library of [...LIBRARIES, ...LINE_LIBRARIES.filter(isNeeded)]) {
    const source = sourceOf(library);
    make(`${folder}/${library}`, [source], (path) => Deno.copyFileSync(source, path));
  }
  // The demangler is linked in, and stays inside.
  const demangler = ["-l:libiberty.a", "-Wl,--exclude-libs,ALL", "-Wl,--gc-sections"];
  const shim = [...variant, "-lunwind-x86_64", "-lunwind", "-llzma", ...demangler];
  makeLibrary(`${folder}/${SHIM}`, { sources: "csrc", flags: shim });
  // Not with the sanitizers: a process that it forks has a bound on its memory, and they reserve terabytes.
  makeLibrary(`${folder}/${LINES}`, { sources: "csrc/lines", flags: [...LINES_FLAGS, "-lbfd"] });
}

function makeLibrary(file: string, { sources, flags }: { sources: string; flags: readonly string[] }): void {
  const headers = [...filesIn("csrc"), ...filesIn(sources)].filter((path) => path.endsWith(".h"));
  const inputs = filesIn(sources).filter((path) => path.endsWith(".c"));
  if (inputs.length === 0) throw new Error(`Cannot build ${file}: there is no ${sources}/*.c`);
  make(file, ["csrc", sources, ...inputs, ...headers, "tools/build.ts"], (path) => {
    const places = [`-I${SYSROOT}/include`, `-L${SYSROOT}/lib`];
    run("gcc", [...FLAGS, "-o", path, ...inputs, ...places, ...flags]);
  });
}

function sourceOf(library: string): string {
  return library.replace(/^lib/, `${SYSROOT}/lib`);
}

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => `${folder}/${entry.name}`).sort();
}

/** Has `write` make the file if it is older than an input. It appears at once: other processes may be loading it. */
function make(file: string, inputs: readonly string[], write: (path: string) => void): void {
  const made = modified(file);
  if (inputs.every((input) => modified(input) < made)) return;
  const path = `${file}.${Deno.pid}`;
  const start = new Date();
  write(path);
  Deno.utimeSync(path, start, start); // an input that changed meanwhile is newer
  Deno.renameSync(path, file);
}

if (import.meta.main) {
  if (Deno.args.includes("--sanitize")) build("build/sanitized", SANITIZE_FLAGS);
  else build("build", PLAIN_FLAGS);
}
