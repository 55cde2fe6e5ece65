/**
 * Makes dist/austinp, one executable with the program, the runtime, the shim and its libraries in it.
 *
 *     deno run -A tools/compile.ts
 *
 * In: the sources, build/ as tools/build.ts left it, node_modules and .toolchain/denort as tools/setup.sh left them.
 * @module
 */

import { LIBRARIES, LINE_LIBRARIES, LINES, SHIM } from "../src/ffi/library.ts";
import { isFile } from "./files.ts";

// A program can only be appended to a runtime of the same version, so this is always the pinned Deno, whichever one
// runs this script.
const DENO = "node_modules/@deno/linux-x64-glibc/deno";
const DENORT = `${Deno.cwd()}/.toolchain/denort`;

// All of node_modules would be embedded, Deno itself with it.
const DEVELOPMENT = [...Deno.readDirSync("node_modules")].map((entry) => entry.name).filter((name) =>
  name !== "deno-std"
);

const args = [
  // Types are checked by `deno task lint`.
  ...["compile", "--quiet", "--no-check", "--allow-all", "--no-lock", "--output", "dist/austinp"],
  // Otherwise each first start leaves a cache of compiled code in the temporary directory, under a name that anyone
  // can guess, and this program often runs as root.
  "--no-code-cache",
  // In MiB. By itself V8 lets what has just been allocated grow to 100 MB more, and is no faster for it.
  "--v8-flags=--max-semi-space-size=8",
  ...DEVELOPMENT.flatMap((name) => ["--exclude", `node_modules/${name}`]),
  // Every folder of that name is embedded, and the tests have one there.
  ...["--exclude", ".toolchain/clients/node_modules"],
  ...[...LIBRARIES, SHIM, ...LINE_LIBRARIES.filter(isBuilt), LINES].flatMap((file) => ["--include", `build/${file}`]),
  ...["--include", "src/output/profile/viewer"],
  "mod.ts",
];

function isBuilt(library: string): boolean {
  return isFile(`build/${library}`);
}

Deno.mkdirSync("dist", { recursive: true });
const env = { DENORT_BIN: DENORT, DENO_NO_UPDATE_CHECK: "1" };
const { code } = new Deno.Command(DENO, { args, env, stdout: "inherit", stderr: "inherit" }).outputSync();
Deno.exit(code);
