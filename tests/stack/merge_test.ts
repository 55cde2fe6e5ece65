import assert from "node:assert/strict";
import { mergeStacks } from "../../src/stack/merge.ts";
import {
  type Activation,
  type Flaw,
  type Frame,
  NATIVE_FLAG,
  type NativeStack,
  type PythonFrame,
  type PythonStack,
} from "../../src/types.ts";

/**
 * A stack in words, innermost first, as both sides tell it.
 *
 * `native`: symbols, `LOOP` being the evaluation loop, `GAP` where the stack was lost up to an activation's marker, and
 * `...` at the end of a stack that is cut short. `python`: the
 * activations of each thread state, as `frame:functions`, by the number of the native frame that holds the marker;
 * `-` has no marker, an activation without functions has not begun its first.
 */
interface Drawing {
  readonly native: string;
  readonly python: readonly string[];
  readonly torn?: boolean;
  readonly kernel?: string;
}

/** Outermost first; Python frames in parentheses, marks in brackets. */
type Expected = readonly [stack: string, proof: string, flaw: Flaw | null];

const LOOP = "_PyEval_EvalFrameDefault";
const BASE = 0x7ffc_0000_0000;
const FRAME_SIZE = 0x100;

const CASES: readonly (readonly [name: string, drawing: Drawing, expected: Expected])[] = [
  [
    "an activation stands where its evaluation loop was",
    { native: "leaf LOOP main", python: ["1:f"] },
    ["main (f) leaf", "1 of 1", null],
  ],
  [
    "with all the Python frames that it runs",
    { native: "LOOP PyEval_EvalCode main", python: ["0:h,g,f"] },
    ["main PyEval_EvalCode (f) (g) (h)", "1 of 1", null],
  ],
  [
    "native frames stand between activations",
    { native: "sleep LOOP list_sort LOOP main", python: ["1:key 3:f,module"] },
    ["main (module) (f) list_sort (key) sleep", "2 of 2", null],
  ],
  [
    "a stripped evaluation loop is known by its marker",
    { native: "leaf python+0x123 sort python+0x123 main", python: ["1:g 3:f"] },
    ["main (f) sort (g) leaf", "2 of 2", null],
  ],
  [
    "an activation without frames stays what it is",
    { native: "LOOP PyObject_Call LOOP main", python: ["0: 2:f"] },
    [`main (f) PyObject_Call ${LOOP}`, "2 of 2", null],
  ],
  [
    "the innermost evaluation loop may lack its marker yet",
    { native: "LOOP PyObject_Call LOOP main", python: ["2:f"] },
    [`main (f) PyObject_Call ${LOOP}`, "1 of 1", null],
  ],
  [
    "an outer one may not",
    { native: "LOOP PyObject_Call LOOP main", python: ["0:f"] },
    [`[invalid] main ${LOOP} PyObject_Call ${LOOP}`, "1 of 1", "unmatched"],
  ],
  [
    "a marker below the stack is in no frame",
    { native: "leaf LOOP main", python: ["-1:g 1:f"] },
    [`[invalid] main ${LOOP} leaf`, "0 of 2", "unmatched"],
  ],
  [
    "two markers in one frame",
    { native: "leaf LOOP main", python: ["1:g 1:f"] },
    [`[invalid] main ${LOOP} leaf`, "1 of 2", "unmatched"],
  ],
  [
    "a stack that is cut short begins with the Python frames outside of it",
    { native: "leaf LOOP sort ...", python: ["1:h 6:g 9:f,module"] },
    ["(module) (f) (g) [truncated] sort (h) leaf", "1 of 3", "truncated"],
  ],
  [
    "a stack that is cut short may hold all of them",
    { native: "leaf LOOP sort ...", python: ["1:f"] },
    ["[truncated] sort (f) leaf", "1 of 1", "truncated"],
  ],
  [
    "a stack of which nothing is known",
    { native: "stranger ...", python: ["4:g 8:f"] },
    ["(f) (g) [truncated] stranger", "0 of 2", "truncated"],
  ],
  [
    "a stack that was lost goes on in the activation whose marker is next",
    { native: "generated GAP sort LOOP main", python: ["1:g 3:f"] },
    ["main (f) sort (g) [gap] generated", "2 of 2", null],
  ],
  [
    "as often as it is lost",
    { native: "generated GAP generated GAP main", python: ["1:h,g 3:f"] },
    ["main (f) [gap] generated (g) (h) [gap] generated", "2 of 2", null],
  ],
  [
    "in an activation that has not begun, too",
    { native: "generated GAP sort LOOP main", python: ["1: 3:f"] },
    ["main (f) sort [gap] generated", "2 of 2", null],
  ],
  [
    "frames that were caught half-built are left out",
    { native: "leaf LOOP main", python: [""], torn: true },
    [`[invalid] main ${LOOP} leaf`, "0 of 0", "torn"],
  ],
  [
    "kernel frames come last",
    { native: "read LOOP main", python: ["1:f"], kernel: "do_syscall_64 ksys_read" },
    ["main (f) read do_syscall_64 ksys_read", "1 of 1", null],
  ],
  [
    "also behind frames that did not prove",
    { native: "read LOOP main", python: ["-1:f"], kernel: "do_syscall_64" },
    [`[invalid] main ${LOOP} read do_syscall_64`, "0 of 1", "unmatched"],
  ],
  [
    "a thread without Python frames",
    { native: "futex_wait start_thread clone3", python: [] },
    ["clone3 start_thread futex_wait", "0 of 0", null],
  ],
  [
    "the activations of several interpreters are one inside another",
    { native: "leaf LOOP run_string LOOP main", python: ["1:inner", "3:outer"] },
    ["main (outer) run_string (inner) leaf", "2 of 2", null],
  ],
  [
    "clones of the evaluation loop",
    { native: `leaf ${LOOP}.cold call ${LOOP}.constprop.0 main`, python: ["1:g 3:f"] },
    ["main (f) call (g) leaf", "2 of 2", null],
  ],
  [
    "without markers there is one evaluation loop a frame",
    { native: "leaf LOOP call LOOP sort LOOP main", python: ["-:h -:g -:f"] },
    ["main (f) sort (g) call (h) leaf", "3 of 3", null],
  ],
  [
    "and one more where the innermost just begins or ends",
    { native: "LOOP call LOOP main", python: ["-:f"] },
    [`main (f) call ${LOOP}`, "1 of 1", null],
  ],
  [
    "but not two",
    { native: "LOOP call LOOP call LOOP main", python: ["-:f"] },
    [`[invalid] main ${LOOP} call ${LOOP} call ${LOOP}`, "0 of 1", "unmatched"],
  ],
  [
    "nor one less",
    { native: "leaf LOOP main", python: ["-:g -:f"] },
    [`[invalid] main ${LOOP} leaf`, "0 of 2", "unmatched"],
  ],
  [
    "unless the stack is cut short",
    { native: "leaf LOOP sort ...", python: ["-:g -:f"] },
    ["(f) [truncated] sort (g) leaf", "1 of 2", "truncated"],
  ],
];

Deno.test("mergeStacks()", async (t) => {
  for (const [name, drawing, expected] of CASES) {
    await t.step(name, () => assert.deepEqual(merge(drawing), expected));
  }
});

Deno.test("mergeStacks() names frames, telling interrupted ones from return addresses", () => {
  const named: [number, boolean][] = [];
  mergeStacks({
    native: { ...nativeStack(["signalled", "caller", "main"], true), flags: (i) => i === 0 ? 1 : 0 },
    python: [],
    kernel: [],
    evaluationLoop: LOOP,
    nameNative: (pc, exact) => {
      named.push([pc, exact]);
      return { kind: "native", pc, symbol: "f", named: true, offset: 0, module: "m" };
    },
  });
  assert.deepEqual(named, [[0, true], [1, false], [2, false]]);
});

function merge({ native, python, torn = false, kernel = "" }: Drawing): Expected {
  const words = native.split(" ").map((word) => word === "LOOP" ? LOOP : word);
  const complete = words.at(-1) !== "...";
  const symbols = complete ? words : words.slice(0, -1);
  const { frames, proof } = mergeStacks({
    native: nativeStack(symbols, complete),
    python: python.map((text): PythonStack => ({ activations: activations(text), torn })),
    kernel: split(kernel).map((symbol) => ({ kind: "kernel", symbol })),
    evaluationLoop: LOOP,
    nameNative: (pc) => ({ kind: "native", pc, symbol: symbols[pc], named: true, offset: 0, module: "m" }),
  });
  return [frames.map(textOf).join(" "), `${proof.matched} of ${proof.expected}`, proof.flaw];
}

/** Frame i is [BASE + i * FRAME_SIZE, BASE + (i + 1) * FRAME_SIZE), and its number is its program counter. */
function nativeStack(symbols: readonly string[], complete: boolean): NativeStack {
  return {
    count: symbols.length,
    complete,
    pc: (i) => i,
    sp: (i) => BASE + i * FRAME_SIZE,
    flags: (i) => symbols[i] === "GAP" ? NATIVE_FLAG.Gap : 0,
  };
}

function activations(text: string): Activation[] {
  return split(text).map((word, i) => {
    const [at, names] = word.split(/:/);
    // Markers of one frame are apart, inner ones lower.
    const marker = at === "-" ? null : BASE + Number(at) * FRAME_SIZE + 8 * i;
    return { marker, cframe: null, frames: names === "" ? [] : names.split(",").map(pythonFrame) };
  });
}

function pythonFrame(name: string): PythonFrame {
  return { kind: "python", function: name, file: "f.py", line: 1, endLine: 1, column: null, endColumn: null };
}

function split(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}

function textOf(frame: Frame): string {
  if (frame.kind === "python") return `(${frame.function})`;
  return frame.kind === "mark" ? `[${frame.mark}]` : frame.symbol;
}
