/**
 * The shim's parts in C, on their own and with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer in them:
 * the tests of main.c. (`deno task sanitize` runs the other tests with them in the shim.)
 */

import assert from "node:assert/strict";
import { buildC } from "../support/c_program.ts";
import { patiently } from "../support/target.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const SYSROOT = `${ROOT}.toolchain/sysroot`;

const program = buildC("csrc_tests", [...sources("csrc"), ...sources("tests/csrc")], [
  // These lead gcc to see uninitialized variables where there are none.
  ...["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wno-maybe-uninitialized"],
  ...["-O1", "-fno-omit-frame-pointer", "-Icsrc", `-I${SYSROOT}/include`, `-L${SYSROOT}/lib`],
  ...[`-Wl,-rpath,${SYSROOT}/lib`, "-lunwind-x86_64", "-lunwind", "-llzma", "-l:libiberty.a"],
]);

function sources(folder: string): string[] {
  return [...Deno.readDirSync(ROOT + folder)].map(({ name }) => `${folder}/${name}`)
    .filter((path) => /\.[ch]$/.test(path)).sort();
}

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { UBSAN_OPTIONS: "print_stacktrace=1" };
  const running = new Deno.Command(program, { args, env }).output();
  const { code, stdout, stderr } = await patiently(running, args.join(" "));
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

const { stdout: names } = new Deno.Command(program).outputSync();
for (const name of new TextDecoder().decode(names).trim().split("\n")) {
  Deno.test(`csrc: ${name.replaceAll("_", " ")}`, async () => {
    const { code, stdout, stderr } = await run(name);
    if (stdout !== "") console.log(stdout);
    assert.equal(stderr, "");
    assert.equal(code, 0);
  });
}
