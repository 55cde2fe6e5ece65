/**
 * One stack out of two: native frames and Python frames, joined by stack address.
 *
 * Each activation of CPython's evaluation loop keeps a structure on its own native stack, which the Python side
 * points to: its marker. The native frame whose [sp, CFA) holds the marker is that activation, and the Python
 * frames that it runs stand in its place. So the stacks prove each other: every marker must lie in exactly one
 * native frame. What does not prove is flagged and never guessed.
 *
 * In: both stacks, innermost first. Out: one, outermost first.
 * @module
 */

import {
  type Activation,
  type Flaw,
  type Frame,
  type KernelFrame,
  type MarkFrame,
  NATIVE_FLAG,
  type NativeFrame,
  type NativeStack,
  type PythonStack,
  type Stack,
} from "../types.ts";

/** What is to be joined. */
export interface MergeInput {
  readonly native: NativeStack;
  /** Of all thread states of the thread. */
  readonly python: readonly PythonStack[];
  /** Outermost first. */
  readonly kernel: readonly KernelFrame[];
  /** The native frame of a program counter; `exact` if it was interrupted, not returned to. */
  nameNative(pc: number, exact: boolean): NativeFrame;
}

const INVALID: MarkFrame = { kind: "mark", mark: "invalid" };
const TRUNCATED: MarkFrame = { kind: "mark", mark: "truncated" };

/** The stack of a thread that did not stop. */
export const BLOCKED_STACK: Stack = { frames: [INVALID], proof: { expected: 0, matched: 0, flaw: "blocked" } };

/** The evaluation loop's function, whatever the compiler appended to its name. 3.6 and later. */
const EVALUATION_LOOP = /^_PyEval_EvalFrameDefault(\.|$)/;

/** Joins the stacks of one thread. */
export function mergeStacks(input: MergeInput): Stack {
  const { native, python, kernel } = input;
  const activations = python.flatMap((stack) => [...stack.activations]).sort((a, b) => a.marker! - b.marker!);
  const torn = python.some((stack) => stack.torn);
  const natives = nameAll(input);
  const owners = new Map<number, Activation>();
  const matched = torn ? 0 : match(native, activations, owners);
  const flaw = findFlaw(input, { torn, natives, owners, unmatched: activations.length - matched });
  const proof = { expected: activations.length, matched, flaw };
  const frames: Frame[] = [];
  if (flaw === "torn" || flaw === "unmatched") {
    frames.push(INVALID, ...natives.toReversed());
  } else {
    if (flaw === "truncated") frames.push(...outside(activations.slice(matched)), TRUNCATED);
    for (let i = native.count - 1; i >= 0; i--) {
      const owner = owners.get(i);
      // An activation that has not begun its first frame stays what it is: the evaluation loop.
      if (owner === undefined || owner.frames.length === 0) frames.push(natives[i]);
      else frames.push(...owner.frames.toReversed());
    }
  }
  frames.push(...kernel);
  return { frames, proof };
}

function nameAll({ native, nameNative }: MergeInput): NativeFrame[] {
  const frames: NativeFrame[] = [];
  for (let i = 0; i < native.count; i++) {
    frames.push(nameNative(native.pc(i), (native.flags(i) & NATIVE_FLAG.Signal) !== 0));
  }
  return frames;
}

/**
 * Finds the native frame of each activation, from the innermost on; `owners` gets them by frame. Stops at the first
 * that has none. Returns how many have one.
 */
function match(native: NativeStack, activations: readonly Activation[], owners: Map<number, Activation>): number {
  let next = 0;
  for (let i = 0; i < native.count && next < activations.length; i++) {
    const marker = activations[next].marker!;
    if (marker < native.sp(i) || marker >= cfa(native, i)) continue;
    owners.set(i, activations[next++]);
    // A second marker in the same frame would be an activation without a frame of its own.
    if (next < activations.length && activations[next].marker! < cfa(native, i)) return next - 1;
  }
  return next;
}

/** Where a frame ends: at its caller's sp. The outermost one of a stack that is cut short ends nowhere known. */
function cfa(native: NativeStack, i: number): number {
  if (i + 1 < native.count) return native.sp(i + 1);
  return native.complete ? Infinity : native.sp(i);
}

function findFlaw(
  { native }: MergeInput,
  { torn, natives, owners, unmatched }: {
    torn: boolean;
    natives: readonly NativeFrame[];
    owners: ReadonlyMap<number, Activation>;
    unmatched: number;
  },
): Flaw | null {
  if (torn) return "torn";
  // Frames that the native stack does not reach are missing; between those that it has, none may be.
  const isReached = unmatched === 0 || !native.complete;
  if (!isReached) return "unmatched";
  // The innermost evaluation loop may be caught at its very beginning or end, before it has a marker or after.
  const innermost = natives.findIndex((frame) => EVALUATION_LOOP.test(frame.symbol));
  const lost = natives.findIndex((frame, i) => i > innermost && !owners.has(i) && EVALUATION_LOOP.test(frame.symbol));
  if (innermost >= 0 && lost >= 0) return "unmatched";
  return native.complete ? null : "truncated";
}

/** Python frames further out than the native stack goes, outermost first. */
function outside(activations: readonly Activation[]): Frame[] {
  return activations.flatMap((activation) => [...activation.frames]).reverse();
}
