/**
 * Samples in, the ones that are wanted out, with as much of their stacks as is wanted.
 * @module
 */

import type { Frame, NativeFrame, RecordedSample, Stack } from "../types.ts";
import { folded, visibleFrame } from "./fold.ts";
import { rarelyAsked, type ThreadName } from "./thread_names.ts";

/** What is wanted. */
export interface Shape {
  /** Samples of these threads alone: numbers or names; of all where there are none. */
  readonly threads: readonly string[];
  /** Samples with such a function, file or binary in their stacks. */
  readonly include: RegExp | null;
  /** And without such a one. */
  readonly exclude: RegExp | null;
  /** Leaves out native and kernel frames. */
  readonly pythonOnly: boolean;
  /** Leaves out native frames that a Python frame is called from. */
  readonly nativeLast: boolean;
  /** Leaves out the interpreter's own calls between two Python frames. */
  readonly foldNative: boolean;
  /** Samples of threads that ran, or that did not; of both where it is null. */
  readonly cpu: "on" | "off" | null;
  /** Has each line of a function for a function of its own, where a format would add them up. */
  readonly byLine: boolean;
  /** Keeps threads apart where a format would add them up. */
  readonly splitThreads: boolean;
  /** Tells functions apart, not the places in them. */
  readonly noLines: boolean;
}

/** Everything, as it is. */
export const WHOLE: Shape = {
  ...{ threads: [], include: null, exclude: null },
  ...{ pythonOnly: false, nativeLast: false, foldNative: false, cpu: null },
  ...{ noLines: false, byLine: false, splitThreads: false },
};

/** Shapes samples; frames and stacks that were one object stay one. */
export class Shaper {
  readonly #shape: Shape;
  readonly #namesOf: readonly ThreadName[];
  readonly #stacks = new WeakMap<Stack, Stack | null>();
  readonly #frames = new WeakMap<Frame, Frame>();
  readonly #shown = new WeakMap<NativeFrame, NativeFrame | null>();
  readonly #isWhole: boolean;
  readonly #matches = { include: new WeakMap<Frame, boolean>(), exclude: new WeakMap<Frame, boolean>() };

  /** `namesOf` tell what a thread with a number is called, each in its way. */
  constructor(shape: Shape, ...namesOf: ThreadName[]) {
    this.#shape = shape;
    this.#isWhole = isWhole(shape);
    this.#namesOf = namesOf.map(rarelyAsked);
  }

  /** What is wanted of a sample; null where it is not wanted. */
  of<T extends RecordedSample>(sample: T): T | null {
    if (this.#isWhole) return sample;
    if (this.#shape.cpu !== null && (this.#shape.cpu === "on") === sample.idle) return null;
    if (!this.#isThread(sample)) return null;
    let stack = this.#stacks.get(sample.stack);
    if (stack === undefined) {
      stack = this.#stack(sample.stack);
      this.#stacks.set(sample.stack, stack);
    }
    return stack === null ? null : stack === sample.stack ? sample : { ...sample, stack };
  }

  #isThread({ pid, tid }: RecordedSample): boolean {
    const { threads } = this.#shape;
    if (threads.length === 0 || threads.includes(String(tid))) return true;
    const names = typeof tid === "number" ? this.#namesOf.map((nameOf) => nameOf(pid, tid)) : [];
    return names.some((name) => name !== null && threads.includes(name));
  }

  #stack(stack: Stack): Stack | null {
    const { include, exclude, pythonOnly, nativeLast, foldNative, noLines } = this.#shape;
    const { proof } = stack;
    if (include !== null && !stack.frames.some((frame) => this.#isMatch(frame, "include"))) return null;
    if (exclude !== null && stack.frames.some((frame) => this.#isMatch(frame, "exclude"))) return null;
    let { frames } = stack;
    if (pythonOnly) frames = frames.filter(({ kind }) => kind === "python" || kind === "mark");
    if (nativeLast) {
      const last = frames.findLastIndex(({ kind }) => kind === "python");
      frames = frames.filter(({ kind }, i) => kind !== "native" || i > last);
    }
    if (foldNative) frames = folded(frames, (frame) => this.#visible(frame));
    if (noLines) frames = frames.map((frame) => this.#withoutLine(frame));
    return frames === stack.frames ? stack : { frames, proof };
  }

  #isMatch(frame: Frame, which: "include" | "exclude"): boolean {
    const known = this.#matches[which].get(frame);
    if (known !== undefined) return known;
    const isMatch = textsOf(frame).some((text) => this.#shape[which]!.test(text));
    this.#matches[which].set(frame, isMatch);
    return isMatch;
  }

  #visible(frame: NativeFrame): NativeFrame | null {
    let visible = this.#shown.get(frame);
    if (visible === undefined) this.#shown.set(frame, visible = visibleFrame(frame));
    return visible;
  }

  #withoutLine(frame: Frame): Frame {
    let plain = this.#frames.get(frame);
    if (plain === undefined) this.#frames.set(frame, plain = withoutLine(frame));
    return plain;
  }
}

function isWhole(shape: Shape): boolean {
  return shape.threads.length === 0 &&
    Object.entries(shape).every(([key, value]) => key === "threads" || value === WHOLE[key as keyof Shape]);
}

function textsOf(frame: Frame): readonly string[] {
  switch (frame.kind) {
    case "python":
      return [frame.function, frame.file];
    case "native":
      return [frame.symbol, frame.module, ...(frame.source === undefined ? [] : [frame.source.file])];
    case "kernel":
      return [frame.symbol];
    case "mark":
      return [];
  }
}

/** A native frame is at the start of its function then. */
function withoutLine(frame: Frame): Frame {
  if (frame.kind === "python") return { ...frame, line: 0, endLine: 0, column: null, endColumn: null };
  if (frame.kind !== "native") return frame;
  const { source, pc, offset, ...rest } = frame;
  const place = source === undefined ? {} : { source: { ...source, line: 0 } };
  return { ...rest, ...place, pc: pc - offset, offset: 0 };
}
