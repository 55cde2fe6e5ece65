/**
 * Makes dist/austinp, one executable with the program, the runtime, the shim and its libraries in it.
 *
 *     deno run -A tools/compile.ts
 *
 * In: the sources, build/ as tools/build.ts left it, node_modules and .toolchain/denort as tools/setup.sh left them. Out,
 * beside the executable: build/austinp.js.
 * @module
 */

import { LIBRARIES, LINE_LIBRARIES, LINES, SHIM } from "../src/ffi/library.ts";
import { run } from "./commands.ts";
import { isFile } from "./files.ts";

// A program can only be appended to a runtime of the same version, so this is always the pinned Deno, whichever one
// runs this script.
const DENO = "node_modules/@deno/linux-x64-glibc/deno";
const DENORT = `${Deno.cwd()}/.toolchain/denort`;
const ESBUILD = "node_modules/@esbuild/linux-x64/bin/esbuild";

/** All modules in one: each that is loaded by itself costs some 0.2 ms at every start. See src/own_files.ts. */
const BUNDLE = "build/austinp.js";

const bundling = [
  ...["mod.ts", "--bundle", "--format=esm", "--target=esnext", "--log-level=warning", `--outfile=${BUNDLE}`],
  // The imports of deno.json, and what the runtime has in itself.
  ...["--alias:@std/async/delay=deno-std/async/delay.js", "--external:node:*"],
];

const compiling = [
  // The bundle needs none of the packages, which would be embedded otherwise, and its types are checked by `deno check`.
  ...["compile", "--quiet", "--allow-all", "--no-config", "--no-lock", "--no-check", "--output", "dist/austinp"],
  // Otherwise each first start leaves a cache of compiled code in the temporary directory, under a name that anyone
  // can guess, and this program often runs as root.
  "--no-code-cache",
  // By itself V8 lets what has just been allocated grow to 100 MB (this is in MiB), and what lives to four times its size;
  // and is no faster for it.
  "--v8-flags=--max-semi-space-size=2,--heap-growing-percent=50",
  ...[...LIBRARIES, SHIM, ...LINE_LIBRARIES.filter(isBuilt), LINES].flatMap((file) => ["--include", `build/${file}`]),
  ...["--include", "src/output/profile/viewer"],
  BUNDLE,
];

function isBuilt(library: string): boolean {
  return isFile(`build/${library}`);
}

Deno.mkdirSync("dist", { recursive: true });
run(ESBUILD, bundling);
run(DENO, compiling, { DENORT_BIN: DENORT, DENO_NO_UPDATE_CHECK: "1" });
