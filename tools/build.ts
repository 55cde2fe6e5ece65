/**
 * Builds what src/ffi/library.ts loads: the shim from csrc/, and beside it the libraries that it needs.
 *
 *     deno run -A tools/build.ts [--sanitize]
 *
 * In: csrc/*.c, and .toolchain/sysroot as tools/setup.sh left it. Out: build/libaustinp_shim.so and build/lib/*; with
 * --sanitize the same below build/sanitized/, the shim with AddressSanitizer and UndefinedBehaviorSanitizer in it.
 * Files newer than what they are made of are left alone.
 * @module
 */

import { LIBRARIES, SHIM } from "../src/ffi/library.ts";

const SYSROOT = ".toolchain/sysroot";

const FLAGS = [
  ...["-std=c11", "-D_GNU_SOURCE", "-O2", "-g", "-fPIC", "-shared", "-pthread", "-fvisibility=hidden"],
  ...["-Wall", "-Wextra", "-Werror"],
  `-ffile-prefix-map=${Deno.cwd()}=.`, // the executable does not tell where it was built
];
// The sanitizers' own run-time library is preloaded instead of linked; otherwise the linker must find every symbol.
const PLAIN_FLAGS = ["-Wl,--no-undefined"];
// They also lead gcc to see uninitialized variables where there are none.
const SANITIZE_FLAGS = ["-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-Wno-maybe-uninitialized"];

function build(folder: string, variant: readonly string[]): void {
  Deno.mkdirSync(`${folder}/lib`, { recursive: true });
  for (const library of LIBRARIES) {
    const source = library.replace(/^lib/, `${SYSROOT}/lib`);
    make(`${folder}/${library}`, [source], (path) => Deno.copyFileSync(source, path));
  }

  const files = [...Deno.readDirSync("csrc")].map((entry) => `csrc/${entry.name}`).filter((path) =>
    /\.[ch]$/.test(path)
  );
  const sources = files.filter((path) => path.endsWith(".c")).sort();
  if (sources.length === 0) throw new Error("Cannot build the shim: there is no csrc/*.c");
  const linked = [`-I${SYSROOT}/include`, `-L${SYSROOT}/lib`, "-lunwind-x86_64", "-lunwind", "-llzma"];
  // The demangler is linked in, and stays inside.
  linked.push("-l:libiberty.a", "-Wl,--exclude-libs,ALL", "-Wl,--gc-sections");
  make(`${folder}/${SHIM}`, ["csrc", ...files, "tools/build.ts"], (path) => {
    run("gcc", [...FLAGS, ...variant, "-o", path, ...sources, ...linked]);
  });
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

/** When the file was last written, in milliseconds since the epoch; -1 if there is none. */
function modified(path: string): number {
  try {
    return Deno.statSync(path).mtime!.getTime();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return -1;
    throw error;
  }
}

/** Runs a command with our standard streams; ends this process if it fails, as it has said why. */
function run(command: string, args: readonly string[]): void {
  const { success } = new Deno.Command(command, { args: [...args], stdout: "inherit", stderr: "inherit" }).outputSync();
  if (!success) Deno.exit(1);
}

if (import.meta.main) {
  if (Deno.args.includes("--sanitize")) build("build/sanitized", SANITIZE_FLAGS);
  else build("build", PLAIN_FLAGS);
}
