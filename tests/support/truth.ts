/**
 * What the stack of tests/fixtures/truth.py must be: Python frames as the program itself told them, and the native
 * frames that must stand between them.
 * @module
 */

import assert from "node:assert/strict";
import type { Frame, KernelFrame, NativeFrame, PythonFrame } from "../../src/types.ts";
import type { Python } from "./pythons.ts";

/** A frame as the program tells it; what it cannot know is null. */
type ToldFrame = Omit<PythonFrame, "kind" | "endLine"> & { readonly endLine: number | null };

/** The stack as the program tells it. */
export interface Truth {
  /** Outermost first. */
  readonly frames: readonly ToldFrame[];
  readonly python: Python;
  /** Whether it is the stack of a second thread. */
  readonly thread: boolean;
}

/** What stands between two Python frames: all of `names` in order, if the build has names. */
interface Gap {
  readonly names: readonly RegExp[];
  /** Modules other than the interpreter's, runs of frames of one module as one. Null: not known. */
  readonly modules: readonly string[] | null;
}

/** A Python call of a Python function runs in the same activation, 3.11 and later: there is no native frame. */
const INLINE: Gap = { names: [], modules: [] };

/** 3.14 and later run the method `run` of a thread by `Context.run`. */
const CONTEXT_RUN: Gap = { names: [/context_run/], modules: [] };

/** By the callee; what is not here is called inline. */
const GAPS: Readonly<Record<string, Gap>> = {
  key: { names: [/^builtin_sorted/, /^list_sort/], modules: [] },
  "Thing.__init__": { names: [/^partial_/, /^type_call$/, /^slot_tp_init$/], modules: [] },
  compare: {
    names: [/^_ctypes_callproc$/, /^ffi_call$/, /^qsort/, /^closure_fcn$/, /^_CallPythonObject$/],
    modules: ["_ctypes", "libffi", "libc", "libffi", "_ctypes"],
  },
  replace: { names: [/^_?sre_SRE_Pattern_sub|^pattern_sub/, /^pattern_subx/], modules: [] },
  numbers: { names: [/^builtin_sum/, /^gen_iternext$/], modules: [] },
};

const MAIN: Gap = { names: [/^_start$/, /^__libc_start_main/, /^Py_BytesMain$/, /^PyEval_EvalCode$/], modules: null };
const THREAD: Gap = { names: [/^(pythread_wrapper|_?thread_run|thread_run)$/], modules: ["libc"] };
const SLEEP: Gap = { names: [/^time_sleep|^pysleep/, /clock_nanosleep$/], modules: ["libc"] };

/** Fails where the frames are not the truth. `asleep`: the thread is in the sleep call for sure. */
export function assertTruth(frames: readonly Frame[], truth: Truth, { asleep }: { asleep: boolean }): void {
  assertPythonFrames(frames.filter((frame) => frame.kind === "python"), truth.frames);
  const gaps = gapsOf(frames);
  assert.equal(gaps.length, truth.frames.length + 1);
  gaps.forEach((natives, i) => {
    const callee = truth.frames[i]?.function;
    if (i === 0) assertGap(natives, truth.thread ? THREAD : MAIN, truth, "the outermost Python frame");
    else if (callee !== undefined) assertGap(natives, gapBefore(callee, truth), truth, callee);
    else if (asleep) assertGap(natives, SLEEP, truth, "the end");
  });
  if (asleep) assert.match(gaps.at(-1)!.at(-1)!.symbol, /clock_nanosleep$/);
}

/** Fails unless the kernel frames of a sleeping thread are there, at the innermost end. */
export function assertKernelSleep(frames: readonly Frame[]): void {
  const first = frames.findIndex((frame) => frame.kind === "kernel");
  assert.ok(first > 0, "no kernel frame");
  const symbols = frames.slice(first).map((frame) => (frame as KernelFrame).symbol);
  assert.ok(frames.slice(first).every((frame) => frame.kind === "kernel"), "a frame inside of the kernel's");
  const entry = symbols.findIndex((symbol) => symbol.includes("do_syscall_64"));
  const sleep = symbols.findIndex((symbol) => /nanosleep/.test(symbol));
  assert.ok(entry >= 0 && entry < sleep, `kernel frames ${symbols}`);
}

function gapBefore(callee: string, { python }: Truth): Gap {
  if (callee === "SecondThread.run" && python.minor >= 14) return CONTEXT_RUN;
  return GAPS[callee] ?? INLINE;
}

function assertPythonFrames(actual: readonly Frame[], expected: readonly ToldFrame[]): void {
  const comparable = (actual as readonly PythonFrame[]).map((frame, i) => ({
    function: frame.function,
    file: frame.file,
    line: frame.line,
    // The collapsed format has no columns, and the program does not know them for its leaf.
    ...(frame.column === null || expected[i]?.column == null
      ? { endLine: expected[i]?.endLine, column: expected[i]?.column, endColumn: expected[i]?.endColumn }
      : { endLine: frame.endLine, column: frame.column, endColumn: frame.endColumn }),
  }));
  assert.deepEqual(
    comparable,
    expected.map(({ function: name, file, line, endLine, column, endColumn }) => (
      { function: name, file, line, endLine, column, endColumn }
    )),
  );
}

/** The native frames before each Python frame, and those behind the last. */
function gapsOf(frames: readonly Frame[]): NativeFrame[][] {
  const gaps: NativeFrame[][] = [[]];
  for (const frame of frames) {
    if (frame.kind === "python") gaps.push([]);
    else if (frame.kind === "native") gaps.at(-1)!.push(frame);
    else assert.equal(frame.kind, "kernel");
  }
  return gaps;
}

function assertGap(natives: readonly NativeFrame[], gap: Gap, { python }: Truth, before: string): void {
  const shown = `before ${before}: ${natives.map((frame) => frame.symbol).join(" ") || "nothing"}`;
  if (gap === INLINE) return assert.deepEqual(natives, [], shown);
  if (gap.modules !== null) assert.deepEqual(foreignModules(natives, python), gap.modules, shown);
  assert.ok(natives.some((frame) => isInterpreter(frame, python)) || gap.names.length === 0, shown);
  if (python.stripped) return;
  let next = 0;
  for (const { symbol } of natives) if (next < gap.names.length && gap.names[next].test(symbol)) next++;
  assert.equal(next, gap.names.length, `${gap.names[next]} is missing ${shown}`);
}

/** Names of the modules other than the interpreter's, without version; a run of frames in one module counts once. */
function foreignModules(natives: readonly NativeFrame[], python: Python): string[] {
  const modules = natives.filter((frame) => !isInterpreter(frame, python))
    .map(({ module }) => module.slice(module.lastIndexOf("/") + 1).replace(/[.-].*/, ""));
  return modules.filter((module, i) => module !== modules[i - 1]);
}

function isInterpreter({ module }: NativeFrame, python: Python): boolean {
  return module === python.path || /\/libpython\d[^/]*$/.test(module);
}
