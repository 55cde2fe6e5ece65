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
  /** Names of the files that the program has mapped. */
  readonly files: string;
}

/** What stands between two Python frames, or outside or inside of all. */
interface Gap {
  /** Names of functions that are there in this order, others between them; for builds that have names. */
  readonly names: readonly RegExp[];
  /** Modules other than the interpreter's, runs of frames of one module as one. Null: not known. */
  readonly modules: readonly string[] | null;
}

/** A call of a Python function: from 3.11 on in the same activation, before by C functions of the interpreter. */
const CALL: Gap = { names: [], modules: [] };

/** By the callee, without its class; what is not here is called from Python. */
const GAPS: Readonly<Record<string, Gap>> = {
  key: { names: [/^builtin_sorted/, /^list_?sort/], modules: [] },
  __init__: { names: [/^partial_/, /^type_call$/, /^slot_tp_init$/], modules: [] },
  compare: {
    names: [/^_ctypes_callproc$/, /^ffi_call$/, /^qsort/, /^closure_fcn$/],
    // Unless _ctypes has a libffi of its own in it.
    modules: ["_ctypes", "libffi", "libc", "libffi", "_ctypes"],
  },
  replace: { names: [/^_?sre_SRE_Pattern_sub|^pattern_sub/, /^pattern_subx/], modules: [] },
  numbers: { names: [/^builtin_sum/, /^gen_(iternext|send_ex)/], modules: [] },
};

/** 3.14 and later run the method `run` of a thread by `Context.run`. */
const CONTEXT_RUN: Gap = { names: [/context_run/], modules: [] };

const MAIN: Gap = { names: [/^_start$/, /^__libc_start_main/, /Main$/, /^PyEval_EvalCode$/], modules: null };
const THREAD: Gap = { names: [/^(pythread_wrapper|t_bootstrap|thread_run)$/], modules: ["libc"] };

/** Fails where the frames are not the truth. `asleep`: the thread is in the sleep call for sure. */
export function assertTruth(frames: readonly Frame[], truth: Truth, { asleep }: { asleep: boolean }): void {
  assertPythonFrames(frames.filter((frame) => frame.kind === "python"), truth.frames);
  const gaps = gapsOf(frames);
  assert.equal(gaps.length, truth.frames.length + 1);
  gaps.forEach((natives, i) => {
    const callee = truth.frames[i]?.function;
    if (i === 0) assertGap(natives, truth.thread ? THREAD : MAIN, truth, "the outermost Python frame");
    else if (callee !== undefined) assertGap(natives, gapBefore(callee, truth), truth, callee);
    else if (asleep) assertGap(natives, { names: [/^time_sleep|^pysleep/], modules: ["libc"] }, truth, "the end");
  });
  if (asleep) assert.ok(gaps.at(-1)!.at(-1)!.symbol.endsWith(sleepCall(truth.python)));
}

/** Fails unless the kernel frames of a sleeping thread are there, at the innermost end. */
export function assertKernelSleep(frames: readonly Frame[], python: Python): void {
  const first = frames.findIndex((frame) => frame.kind === "kernel");
  assert.ok(first > 0, "no kernel frame");
  const symbols = frames.slice(first).map((frame) => (frame as KernelFrame).symbol);
  assert.ok(frames.slice(first).every((frame) => frame.kind === "kernel"), "a frame inside of the kernel's");
  const entry = symbols.findIndex((symbol) => symbol.includes("do_syscall_64"));
  const sleep = symbols.findIndex((symbol) => symbol.includes(sleepCall(python).replace("clock_", "")));
  assert.ok(entry >= 0 && entry < sleep, `kernel frames ${symbols}`);
}

/** What time.sleep() calls in libc. */
export function sleepCall({ minor }: Python): string {
  return minor >= 11 ? "clock_nanosleep" : "select";
}

function gapBefore(callee: string, { python }: Truth): Gap {
  if (callee === "SecondThread.run" && python.minor >= 14) return CONTEXT_RUN;
  return GAPS[callee.replace(/.*\./, "")] ?? CALL;
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

function assertGap(natives: readonly NativeFrame[], gap: Gap, { python, files }: Truth, before: string): void {
  const shown = `before ${before}: ${natives.map((frame) => frame.symbol).join(" ") || "nothing"}`;
  if (gap === CALL && python.minor >= 11) return assert.deepEqual(natives, [], shown);
  const modules = gap.modules?.filter((module) => files.includes(`/${module}`));
  if (modules !== undefined) assert.deepEqual(foreignModules(natives, python), modules, shown);
  if (gap.names.length > 0) assert.ok(natives.some((frame) => isInterpreter(frame, python)), shown);
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
