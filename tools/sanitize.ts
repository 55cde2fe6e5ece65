/**
 * Runs tests, or tools/fuzz.ts, with AddressSanitizer and UndefinedBehaviorSanitizer in the shim.
 *
 *     deno task sanitize [arguments of `deno test`, by default tests/]
 *     deno task sanitize fuzz [CASES [SEED [KIND...]]]
 *
 * In: build/sanitized/ as `tools/build.ts --sanitize` left it. Both run in a folder whose src/ and tests/ are
 * those of the checkout while its build/ is that one, so the sources do not know of this.
 * @module
 */

const ROOT = Deno.cwd();

function preloaded(library: string): string {
  const { stdout } = new Deno.Command("gcc", { args: [`-print-file-name=${library}`] }).outputSync();
  return new TextDecoder().decode(stdout).trim();
}

const folder = await Deno.makeTempDir({ prefix: "austinp-sanitize-" });
for (
  const name of [
    ".toolchain",
    "csrc",
    "deno.json",
    "dist",
    "mod.ts",
    "node_modules",
    "package.json",
    "src",
    "tests",
    "tools",
  ]
) {
  await Deno.symlink(`${ROOT}/${name}`, `${folder}/${name}`);
}
await Deno.symlink(`${ROOT}/build/sanitized`, `${folder}/build`);

// For this one process: the programs that the tests start shall not run under the sanitizers.
const preload = `${folder}/preload.js`;
await Deno.writeTextFile(preload, `Deno.env.delete("LD_PRELOAD");`);
const env = {
  LD_PRELOAD: `${preloaded("libasan.so")} ${preloaded("libubsan.so")}`,
  // What Deno itself never frees is not ours to find.
  ASAN_OPTIONS: "detect_leaks=0",
  UBSAN_OPTIONS: "print_stacktrace=1:halt_on_error=1",
};
const common = ["--allow-all", "--no-check", "--preload", preload];
const args = Deno.args[0] === "fuzz"
  ? ["run", ...common, "tools/fuzz.ts", ...Deno.args.slice(1)]
  : ["test", ...common, ...(Deno.args.length > 0 ? Deno.args : ["tests/"])];
const { code } = await new Deno.Command(Deno.execPath(), { args, env, cwd: folder }).spawn().status;
await Deno.remove(folder, { recursive: true });
Deno.exit(code);
