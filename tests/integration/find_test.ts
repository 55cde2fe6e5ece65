/** An interpreter is found wherever it is: in programs of other names, in files that are gone, when it has started. */

import assert from "node:assert/strict";
import { NotPythonError, sample, where } from "../../mod.ts";
import type { Dump } from "../../src/types.ts";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { EMBEDDED, Embedded, LIBRARIES, type Library, STATIC_LIBRARY } from "../support/embedded.ts";
import { PYTHONS } from "../support/pythons.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

/** Frames of the program that waits in `inner`, outermost first. */
const FRAMES = ["<module>", "outer", "inner"];
const NEWEST = LIBRARIES.findLast(({ minor }) => minor === 12) ?? LIBRARIES.at(-1);

function namesOf({ threads }: Dump): string[] {
  const { frames, proof } = threads.at(-1)!.stack;
  assert.equal(proof.flaw, null);
  return frames.flatMap((frame) => frame.kind === "python" ? [frame.function] : []);
}

function testLibraries(
  claim: string,
  libraries: readonly (Library | undefined)[],
  test: (library: Library) => Promise<void>,
) {
  const found = libraries.filter((library) => library !== undefined);
  if (found.length === 0) Deno.test({ name: `${claim} (skipped: no libpython found)`, ignore: true, fn() {} });
  for (const library of found) Deno.test(`${claim}: ${library.name}`, () => test(library));
}

testLibraries("where() finds a libpython that a program loads", LIBRARIES, async (library) => {
  await using target = await Embedded.start(library);
  const dump = await where(target.pid);
  assert.deepEqual(namesOf(dump), FRAMES);
  assert.ok(dump.version.startsWith(library.version), dump.version);
});

testLibraries("where() finds a Python that is linked into a program", [STATIC_LIBRARY], async (library) => {
  await using target = await Embedded.start(library);
  assert.deepEqual(namesOf(await where(target.pid)), FRAMES);
});

testLibraries(
  "where() finds a Python in files that are gone, as of a bundle that unpacked itself",
  LIBRARIES,
  async (library) => {
    using folder = new TemporaryFolder();
    const [program, copy] = [folder.file("app-x7Qz"), folder.file("_MEI123-runtime.so")];
    Deno.copyFileSync(EMBEDDED, program);
    Deno.copyFileSync(library.path, copy);
    await using target = await Embedded.start({ ...library, path: copy }, { program });
    Deno.removeSync(program);
    Deno.removeSync(copy);
    assert.deepEqual(namesOf(await where(target.pid)), FRAMES);
  },
);

for (const mode of ["late", "later"] as const) {
  testLibraries(`where() waits for an interpreter that starts ${mode}`, [NEWEST, LIBRARIES[0]], async (library) => {
    await using target = await Embedded.start(library, { mode });
    const dump = where(target.pid, { timeout: 20_000_000 });
    await target.send();
    assert.match(await target.line(), /^ready/);
    // It may have been found before the program got there.
    await dump;
    assert.deepEqual(namesOf(await where(target.pid)), FRAMES);
  });

  testLibraries(`the executable gives up on one that starts too ${mode}`, [NEWEST], async (library) => {
    await using target = await Embedded.start(library, { mode });
    const { code, stderr } = await austinp(["-t", "50ms", "-w", `${target.pid}`]);
    assert.equal(code, 32, stderr);
    assert.match(stderr, mode === "late" ? /no CPython is mapped/ : /did not start in time/);
  });
}

testLibraries("where() of a program whose interpreter has ended says so", LIBRARIES, async (library) => {
  await using target = await Embedded.start(library, { mode: "after" });
  await assert.rejects(
    where(target.pid, { timeout: 50_000 }),
    (error) => error instanceof NotPythonError && /did not start in time, or has ended/.test(error.message),
  );
});

testLibraries(
  "sample() follows an interpreter to its end",
  [NEWEST, LIBRARIES[0], LIBRARIES.at(-1)],
  async (library) => {
    await using target = await Embedded.start(library, { mode: "after", leaveInput: true });
    let samples = 0;
    for await (const { stack } of sample(target.pid, { interval: 1000 })) {
      if (++samples === 50) await target.send(); // goes on to the end of the interpreter
      if (samples > 50 && !stack.frames.some((frame) => frame.kind === "python")) break;
    }
    assert.match(await target.line(), /^ready/);
  },
);

testTypicalPythons("where() shows what runs at the end of a program", async (python) => {
  const source = `
import atexit, sys
def outer(): inner()
def inner():
    print("ready"); sys.stdout.flush(); sys.stdin.readline()
atexit.register(outer)
`;
  await using target = await Target.run(python, source);
  assert.deepEqual(namesOf(await where(target.pid)).slice(-2), ["outer", "inner"]);
});

testTypicalPythons("where() finds the interpreter that runs, if another libpython is mapped", async (python) => {
  const [library] = LIBRARIES.slice(-1);
  if (library === undefined) return;
  using folder = new TemporaryFolder();
  const copies = [`${library.path}`, folder.file("libpython3.so"), folder.file("libpython2.so")];
  for (const copy of copies.slice(1)) Deno.copyFileSync(library.path, copy);
  const source = `
import ctypes, sys
def outer(): inner()
def inner():
    print("ready"); sys.stdout.flush(); sys.stdin.readline()
libraries = [ctypes.CDLL(path) for path in sys.argv[1:]]
outer()
`;
  await using target = await Target.run(python, source, { args: copies });
  assert.deepEqual(namesOf(await where(target.pid)), FRAMES);
});

/** Symbols that say where things are, and others that say what they are. */
const RUNTIME_SYMBOLS = ["_PyRuntime"];
const ALL_SYMBOLS = [...RUNTIME_SYMBOLS, "Py_Version", "PyCode_Type", "PyType_Type", "PyInterpreterState_Head"];
const STATIC = PYTHONS.filter(({ shared, minor }) => !shared && minor >= 11);

for (const symbols of [RUNTIME_SYMBOLS, ALL_SYMBOLS]) {
  if (STATIC.length === 0) console.log("skipped: no static Python to take symbols from");
  for (const python of STATIC) {
    Deno.test(`where() finds the interpreter by its section, without ${symbols}: ${python.name}`, async () => {
      using folder = new TemporaryFolder();
      const program = folder.file("app");
      Deno.writeFileSync(program, withoutSymbols(Deno.readFileSync(python.path), symbols), { mode: 0o755 });
      const source = "import sys\ndef f(): print('ready'); sys.stdout.flush(); sys.stdin.readline()\nf()\n";
      await using target = await Target.execute(program, ["-c", source], { env: { PYTHONHOME: "/usr" } });
      const dump = await where(target.pid);
      assert.deepEqual(namesOf(dump), ["<module>", "f"]);
      assert.equal(dump.version, python.version);
    });
  }
}

/** The file with names of dynamic symbols changed. */
function withoutSymbols(file: Uint8Array<ArrayBuffer>, symbols: readonly string[]): Uint8Array<ArrayBuffer> {
  // One character a byte, so that places are the same.
  let text = new TextDecoder("latin1").decode(file);
  for (const symbol of symbols) {
    const at = text.indexOf(`\0${symbol}\0`) + 1;
    assert.ok(at > 0, `no symbol ${symbol}`);
    file[at] = "X".charCodeAt(0);
    text = text.slice(0, at) + "X" + text.slice(at + 1);
  }
  return file;
}
