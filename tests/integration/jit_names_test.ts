/** CPython's own trampolines, which it makes for perf and tells about in either file. */

import assert from "node:assert/strict";
import { where } from "../../mod.ts";
import { type Python, PYTHONS } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

/** It tells when its buffer is full: the functions that count are made first, and others until they are told. */
const PROGRAM = `
import sys
def inner(last):
    if last:
        print("ready", flush=True)
        sys.stdin.readline()
def outer(last):
    inner(last)
outer(False)
for i in range(200):
    exec(f"def f{i}(): pass\\nf{i}()")
outer(True)
`;

function testWith(option: string, file: RegExp, pythons: readonly Python[]): void {
  if (pythons.length === 0) Deno.test({ name: `-X ${option} (skipped: no Python that has it)`, ignore: true, fn() {} });
  for (const python of pythons) {
    Deno.test(`functions have the names that -X ${option} tells: ${python.name}`, async (t) => {
      // -X has to come before the program, where Target puts words of its own.
      const target = await Target.execute(python.path, ["-X", option, "-u", "-c", PROGRAM]).catch(() => null);
      if (target === null || !/py::/.test(written(target.pid))) {
        await target?.[Symbol.asyncDispose]();
        await t.step({ name: "skipped: this build has no support for perf", ignore: true, fn() {} });
        return;
      }
      await using _ = target;
      using _files = { [Symbol.dispose]: () => removeFiles(target.pid) };
      const { threads } = await where(target.pid);
      const frames = threads.flatMap(({ stack }) =>
        stack.frames.flatMap((frame) => frame.kind === "native" ? [frame] : [])
      );
      const named = frames.filter(({ symbol }) => symbol.startsWith("py::"));
      assert.deepEqual(named.map(({ symbol }) => symbol), [
        "py::<module>:<string>",
        "py::outer:<string>",
        "py::inner:<string>",
      ]);
      for (const { module, named: isNamed, offset } of named) {
        assert.match(module, file);
        assert.ok(isNamed && offset > 0 && offset < 256);
      }
      const functions = threads[0].stack.frames.flatMap((frame) => frame.kind === "python" ? [frame.function] : []);
      assert.deepEqual(functions, ["<module>", "outer", "inner"]);
    });
  }
}

function filesOf(pid: number): string[] {
  return [`/tmp/perf-${pid}.map`, `/tmp/jit-${pid}.dump`];
}

/** CPython leaves them behind. */
function removeFiles(pid: number): void {
  for (const path of filesOf(pid)) {
    try {
      Deno.removeSync(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** What a process has told perf, in either file. */
function written(pid: number): string {
  return filesOf(pid).map((path) => {
    try {
      const bytes = Deno.readFileSync(path);
      return new TextDecoder("latin1").decode(bytes);
    } catch {
      return "";
    }
  }).join("");
}

const own = PYTHONS.filter(({ path }) => !path.includes("-dbg"));
testWith("perf", /^\/tmp\/perf-\d+\.map$/, own.filter(({ minor }) => minor >= 12));
testWith("perf_jit", /\/jit-\d+\.dump$/, own.filter(({ minor }) => minor >= 13));
