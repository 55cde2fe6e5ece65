/** CPython's own trampolines, which it makes for perf and tells about in either file. */

import assert from "node:assert/strict";
import { where } from "../../mod.ts";
import { Contained, CONTAINER, withoutContainers } from "../support/contained.ts";
import { type Python, PYTHONS } from "../support/pythons.ts";
import "../support/shim.ts";
import { fixture, Target } from "../support/target.ts";

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

/** Where a container has a /tmp of its own, and the program is process 1. */
const OWN_TMP = [...CONTAINER, "sh", "-c", 'mount -t tmpfs none /tmp && exec "$@"', "sh"];
const noContainer = withoutContainers();

for (
  const [variable, file, since] of [
    ["PYTHONPERFSUPPORT", "/tmp/perf-1.map", 12],
    ["PYTHON_PERF_JIT_SUPPORT", "/tmp/jit-1.dump", 13],
  ] as const
) {
  const python = own.filter(({ minor }) => minor >= since).at(0);
  const missing = noContainer ?? (python === undefined ? "no Python that has it" : null);
  Deno.test({
    name: `functions have the names that ${variable} tells in a container${
      missing === null ? "" : ` (skipped: ${missing})`
    }`,
    ignore: missing !== null,
    fn: async () => {
      const options = { prefix: OWN_TMP, env: { [variable]: "1" } };
      await using contained = await Contained.start(python!, "names.py", options);
      const { threads: [{ stack }] } = await where(contained.pid);
      const named = stack.frames.flatMap((frame) =>
        frame.kind === "native" && frame.module === file ? [frame.symbol] : []
      );
      // Of a dump in binary no more than that may have been written.
      assert.equal(named[0], `py::<module>:${fixture("names.py")}`);
    },
  });
}
