import assert from "node:assert/strict";
import { LIBRARIES, LibraryError, loadShim, SHIM } from "../../src/ffi/library.ts";

// A library stays loaded, which within a test would count as a leak.
const NOTHING = {};
const functions = loadShim(NOTHING);

const names = [...LIBRARIES, SHIM].map((file) => file.split("/").at(-1)!);

/** The files that hold code mapped into this process, once each. */
function mappedCode(): Set<string> {
  const lines = Deno.readTextFileSync("/proc/self/maps").split("\n").filter((line) => line.includes(" r-xp "));
  return new Set(lines.map((line) => line.slice(73)));
}

Deno.test("loadShim() maps each library from memory, once", () => {
  assert.equal(loadShim(NOTHING), functions);
  const memory = [...mappedCode()].filter((path) => path.startsWith("/memfd:"));
  assert.deepEqual(memory.sort(), names.map((name) => `/memfd:${name} (deleted)`).sort());
});

Deno.test("loadShim() leaves libraries of the system unused", () => {
  const system = [...mappedCode()].filter((path) => /^\/(?!memfd:).*\/lib(unwind|lzma)/.test(path));
  assert.deepEqual(system, []);
});

Deno.test("loadShim() names a function that the shim does not have", () => {
  const symbols = { no_such_function: { parameters: [], result: "void" } } as const;
  assert.throws(
    () => loadShim(symbols),
    (error) => error instanceof LibraryError && /no_such_function/.test(error.message),
  );
});

Deno.test("loadShim() says what to do where nothing is built", async () => {
  // The same sources in a folder without build/.
  const folder = await Deno.makeTempDir();
  try {
    await Deno.symlink(new URL("../../src", import.meta.url), `${folder}/src`);
    const program = `import { loadShim } from "file://${folder}/src/ffi/library.ts"; loadShim({});`;
    const args = ["eval", "--no-config", program];
    const { stderr, success } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
    assert.equal(success, false);
    const message =
      `LibraryError: Cannot load liblzma.so.5: ${folder}/build/lib/liblzma.so.5 cannot be read; run \`make\` first`;
    assert.ok(new TextDecoder().decode(stderr).includes(message));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
