/** Builds whose evaluation loop is a function for each instruction: none is at hand, so that these stacks are made up. */

import assert from "node:assert/strict";
import { mergeStacks } from "../../src/stack/merge.ts";
import type { Activation, NativeStack, PythonFrame } from "../../src/types.ts";

const LOOP = "_PyEval_EvalFrameDefault";
const FRAME_SIZE = 0x100;

/** Frame i is [i, i + 1) * FRAME_SIZE. */
function merge(symbols: readonly string[], markers: readonly (readonly [frame: number, name: string])[]) {
  const native: NativeStack = {
    count: symbols.length,
    complete: true,
    pc: (i) => i,
    sp: (i) => 0x10000 + i * FRAME_SIZE,
    flags: () => 0,
  };
  const activations = markers.map(([i, name]): Activation => {
    const place = { file: "f.py", line: 1, endLine: 1, column: null, endColumn: null };
    const frame: PythonFrame = { kind: "python", function: name, ...place };
    return { marker: native.sp(i) + 0x80, cframe: null, frames: name === "" ? [] : [frame] };
  });
  const { frames, proof } = mergeStacks({
    native,
    python: [{ activations, torn: false }],
    kernel: [],
    evaluationLoop: LOOP,
    nameNative: (pc) => ({ kind: "native", pc, symbol: symbols[pc], named: true, offset: 0, module: "python" }),
  });
  const names = frames.map((frame) =>
    frame.kind === "python" ? frame.function : "symbol" in frame ? frame.symbol : "?"
  );
  return { names: names.join(" "), flaw: proof.flaw };
}

const CASES: readonly [name: string, symbols: string[], markers: [number, string][], expected: string][] = [
  [
    "a handler is part of the loop below it",
    ["builtin_len", "_TAIL_CALL_CALL_BUILTIN_O.llvm.42", LOOP, "PyEval_EvalCode", "main"],
    [[2, "f"]],
    "main PyEval_EvalCode f builtin_len",
  ],
  [
    "in each activation",
    ["_TAIL_CALL_FOR_ITER", LOOP, "list_sort", "_TAIL_CALL_CALL", LOOP, "main"],
    [[1, "key"], [4, "<module>"]],
    "main <module> list_sort key",
  ],
  [
    "also where the activation has no frame yet",
    ["_TAIL_CALL_RESUME", LOOP, "main"],
    [[1, ""]],
    `main ${LOOP}`,
  ],
  [
    "a handler that keeps the marker is the activation",
    ["builtin_len", "_TAIL_CALL_CALL", "_PyEval_Vector", "main"],
    [[1, "f"]],
    "main _PyEval_Vector f builtin_len",
  ],
  [
    "a handler under which there is no loop stays",
    ["_TAIL_CALL_CALL", "stranger", LOOP, "main"],
    [[2, "f"]],
    "main f stranger _TAIL_CALL_CALL",
  ],
];

Deno.test("mergeStacks() folds the handlers of a tail-calling build into the evaluation loop", async (t) => {
  for (const [name, symbols, markers, expected] of CASES) {
    await t.step(name, () => assert.deepEqual(merge(symbols, markers), { names: expected, flaw: null }));
  }
});
