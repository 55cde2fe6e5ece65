/** Functions that catch exceptions: the unwind tables of C++, Rust and newer glibc point to data for them. */

import assert from "node:assert/strict";
import { where } from "../../src/sampler/where.ts";
import { buildC } from "../support/c_program.ts";
import { testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

const LIBRARY = buildC("cleanup.so", ["tests/fixtures/cleanup.c"], ["-shared", "-fPIC", "-O1", "-fexceptions"]);

const PROGRAM = `
import ctypes, sys, time
@ctypes.CFUNCTYPE(ctypes.c_int)
def callback():
    sys.stdout.write("ready\\n")
    time.sleep(1000)
    return 0
ctypes.CDLL(sys.argv[1]).call_through(callback)
`;

testEachPython("a stack unwinds through a function with a personality routine", async (python) => {
  await using target = await Target.run(python, PROGRAM, { args: [LIBRARY] });
  const { threads } = await where(target.pid, { kernel: false, gc: false, timeout: 1_000_000 });
  const { frames, proof } = threads[0].stack;
  assert.deepEqual(proof, { expected: 2, matched: 2, flaw: null });
  const names = frames.map((frame) =>
    frame.kind === "python" ? frame.function : frame.kind === "native" && frame.symbol
  );
  const order = ["<module>", "ffi_call", "call_through", "callback"].map((name) => names.indexOf(name));
  assert.ok(order.every((place, i) => place > (order[i - 1] ?? -1)), names.join("\n"));
});
