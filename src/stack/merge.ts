/**
 * One stack out of two: native frames and Python frames, joined by stack address.
 *
 * Since 3.10 each activation of CPython's evaluation loop keeps a structure on its own native stack, which the Python
 * side points to: its marker. The native frame whose [sp, CFA) holds the marker is that activation, and the Python
 * frames that it runs stand in its place. So the stacks prove each other: every marker must lie in exactly one native
 * frame. Earlier versions have no marker, but one Python frame an activation: there the native frames of the
 * evaluation loop are counted. What does not prove is flagged and never guessed.
 *
 * A greenlet has a part of the native stack, and the Python side tells the frames of the one that runs. What lies
 * further out is of other greenlets, or was when it was last there: the stack is cut where the greenlet begins.
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
import { isEvaluationLoop } from "./evaluation_loop.ts";

/** What is to be joined. */
export interface MergeInput {
  readonly native: NativeStack;
  /** Of all thread states of the thread, newest interpreter first. */
  readonly python: readonly PythonStack[];
  /** Outermost first. */
  readonly kernel: readonly KernelFrame[];
  /** The function that runs the evaluation loop. */
  readonly evaluationLoop: string;
  /** The native frame of a program counter; `exact` if it was interrupted, not returned to. */
  nameNative(pc: number, exact: boolean): NativeFrame;
}

const INVALID: MarkFrame = { kind: "mark", mark: "invalid" };
const TRUNCATED: MarkFrame = { kind: "mark", mark: "truncated" };
const GAP: MarkFrame = { kind: "mark", mark: "gap" };

/** The stack of a thread that did not stop. */
export const BLOCKED_STACK: Stack = { frames: [INVALID], proof: { expected: 0, matched: 0, flaw: "blocked" } };

/** The place of a native stack where it was lost and taken up again has a mark for a frame. */
type NativeOrGap = NativeFrame | MarkFrame;

/** Which native frame is which activation. */
interface Match {
  /** By the number of the native frame. */
  readonly owners: ReadonlyMap<number, Activation>;
  readonly flaw: Flaw | null;
  /** How many native frames are of this stack, if not all. */
  readonly end?: number;
}

/** Joins the stacks of one thread. */
export function mergeStacks(input: MergeInput): Stack {
  const { native, python, kernel } = input;
  const natives = nameAll(input);
  const activations = python.flatMap((stack) => [...stack.activations]);
  const { owners, flaw, end = native.count }: Match = python.some((stack) => stack.torn)
    ? { owners: new Map(), flaw: "torn" }
    : match(input, natives, activations);
  const frames: Frame[] = [];
  if (flaw === "torn" || flaw === "unmatched") {
    frames.push(INVALID, ...natives.toReversed());
  } else {
    const isLoop = (i: number) => owners.has(i) || isEvaluationLoop(natives[i], input.evaluationLoop);
    if (flaw === "truncated") frames.push(...outside(activations.slice(owners.size)), TRUNCATED);
    for (let i = end - 1; i >= 0; i--) {
      const owner = owners.get(i);
      if (owner === undefined && isHandler(natives[i]) && isLoop(i + 1)) continue;
      // An activation that has not begun its first frame stays what it is: the evaluation loop.
      if (owner === undefined || owner.frames.length === 0) frames.push(natives[i]);
      else frames.push(...owner.frames.toReversed());
      if (owner !== undefined && natives[i] === GAP && owner.frames.length > 0) frames.push(GAP);
    }
  }
  frames.push(...kernel);
  return { frames, proof: { expected: activations.length, matched: owners.size, flaw } };
}

function nameAll({ native, nameNative }: MergeInput): NativeOrGap[] {
  const frames: NativeOrGap[] = [];
  for (let i = 0; i < native.count; i++) {
    const flags = native.flags(i);
    frames.push(flags & NATIVE_FLAG.Gap ? GAP : nameNative(native.pc(i), (flags & NATIVE_FLAG.Signal) !== 0));
  }
  return frames;
}

function match(input: MergeInput, natives: readonly NativeOrGap[], activations: Activation[]): Match {
  const loops = natives.flatMap((frame, i) => isEvaluationLoop(frame, input.evaluationLoop) ? [i] : []);
  if (activations.every(({ marker }) => marker !== null)) {
    return matchByMarkers({ native: input.native, natives, loops }, activations.sort((a, b) => a.marker! - b.marker!));
  }
  // Which of several interpreters runs inside which, nothing tells without markers.
  const running = input.python.filter((stack) => stack.activations.length > 0);
  return running.length > 1 ? { owners: new Map(), flaw: "unmatched" } : matchByCount(input.native, loops, activations);
}

/**
 * A part of the evaluation loop that is a function of its own, one an instruction, in builds where each calls the next in
 * its own place: CPython InternalDocs/interpreter.md, --with-tail-call-interp (3.14 and later).
 */
function isHandler(frame: NativeOrGap): boolean {
  return frame.kind === "native" && frame.symbol.startsWith("_TAIL_CALL_");
}

interface Natives {
  readonly native: NativeStack;
  readonly natives: readonly NativeOrGap[];
  /** The native frames that are the evaluation loop by name. */
  readonly loops: readonly number[];
}

function matchByMarkers({ native, natives, loops }: Natives, activations: readonly Activation[]): Match {
  const owners = new Map<number, Activation>();
  let next = 0;
  for (let i = 0; i < native.count && next < activations.length; i++) {
    const marker = activations[next].marker!;
    if (marker < native.sp(i) || marker >= cfa(native, i)) continue;
    owners.set(i, activations[next++]);
    // A second marker in the same frame would be an activation without a frame of its own.
    if (next < activations.length && activations[next].marker! < cfa(native, i)) return { owners, flaw: "unmatched" };
  }
  // Frames that the native stack does not reach are missing; between those that it has, none may be. The innermost
  // evaluation loop may be caught at its very beginning or end, before it has a marker or after.
  const isWhole = next === activations.length || !native.complete;
  const lost = loops.slice(1).filter((i) => !owners.has(i));
  const end = isWhole && (lost.length > 0 || !native.complete) ? greenletEnd(natives, [...owners.keys()].at(-1)) : -1;
  if (end >= 0 && lost.every((i) => i >= end)) return { owners, flaw: "truncated", end };
  return { owners, flaw: !isWhole || lost.length > 0 ? "unmatched" : native.complete ? null : "truncated" };
}

/** One past the first run of frames of the greenlet module beyond frame `from`; -1 without one. */
function greenletEnd(natives: readonly NativeOrGap[], from = -1): number {
  const isGreenlet = (frame: NativeOrGap) => frame.kind === "native" && /\/_greenlet\.[^/]*$/.test(frame.module);
  const first = natives.findIndex((frame, i) => i > from && isGreenlet(frame));
  const length = first < 0 ? 0 : natives.slice(first).findIndex((frame) => !isGreenlet(frame));
  return length > 0 ? first + length : -1;
}

/** Where a frame ends: at its caller's sp. The outermost one of a stack that is cut short ends nowhere known. */
function cfa(native: NativeStack, i: number): number {
  if (i + 1 < native.count) return native.sp(i + 1);
  return native.complete ? Infinity : native.sp(i);
}

/** Without markers: one evaluation loop for each frame, but for an innermost one that just begins or ends. */
function matchByCount(native: NativeStack, loops: readonly number[], activations: readonly Activation[]): Match {
  const surplus = loops.length - activations.length;
  const isWhole = surplus === 0 || surplus === 1;
  if (!isWhole && (native.complete || surplus > 1)) return { owners: new Map(), flaw: "unmatched" };
  const first = Math.max(surplus, 0);
  const owners = new Map(loops.slice(first).map((loop, i) => [loop, activations[i]]));
  return { owners, flaw: native.complete ? null : "truncated" };
}

/** Python frames further out than the native stack goes, outermost first. */
function outside(activations: readonly Activation[]): Frame[] {
  return activations.flatMap((activation) => [...activation.frames]).reverse();
}
