/**
 * Stacks of stopped threads: native, Python and kernel frames in one. Touches nothing of the target but the mappings,
 * which change when it loads a library.
 * @module
 */

import { type CaptureRecord, type OwnedThread, REGISTERS } from "../ffi/capture_record.ts";
import { KernelStackParser } from "../kernel/kernel_stack.ts";
import type { FrameReader } from "../python/frames.ts";
import { type Anchor, anchorOf } from "../stack/anchor.ts";
import { mergeStacks } from "../stack/merge.ts";
import {
  type Activation,
  type Address,
  type ByteCount,
  NATIVE_FLAG,
  type NativeStack,
  type PythonStack,
  type Stack,
  type Statistics,
} from "../types.ts";
import { NativeUnwinder } from "../unwind/unwinder.ts";
import type { Target } from "./target.ts";
import { completeTorn } from "./torn.ts";

/** Where guesses make no stack whole, no more are made. */
const GUESSES_MAX = 256;

/** A stack, and each thread state's own part of it. */
export interface MixedStack {
  readonly stack: Stack;
  readonly threads: readonly PythonStack[];
}

/** Reads the stacks of one target's threads. */
export class MixedStacks implements Disposable {
  readonly #target: Target;
  readonly #unwinder: NativeUnwinder;
  readonly #frames: FrameReader;
  readonly #kernel = new KernelStackParser();
  /** How far an activation's marker, and its CFrame, lie below its CFA; null until a stack has shown it. */
  #anchor: Anchor | null = null;
  #cframeAnchor: Anchor | null = null;
  /** The same as the first one, of a stack that was lost before its first marker. */
  #guessed: ByteCount | null = null;
  #guesses = 0;

  /** Borrows the target, which must outlive it. */
  constructor(target: Target, frames: FrameReader) {
    this.#target = target;
    this.#unwinder = new NativeUnwinder(target.modules, { jit: target.jit });
    this.#frames = frames;
  }

  /** The stack of a captured thread. */
  read(record: CaptureRecord): MixedStack {
    const unwound = this.#unwinder.unwind(record);
    if (isNeedy(unwound)) this.#target.session.stopWaitsAt(record.register(REGISTERS.rip));
    const threads = record.threads.map((thread) => this.#threadStack(record, thread, unwound));
    const activations = threads.flatMap((stack) => stack.activations);
    if (this.#anchor === null) this.#learn(record, unwound, activations);
    const stack = mergeStacks({
      native: this.#repair(record, unwound, activations),
      python: threads,
      kernel: this.#kernel.parse(record.kernelText),
      evaluationLoop: this.#target.runtime.dialect.evaluationLoop,
      nameNative: (pc, exact) => this.#unwinder.name(pc, exact),
    });
    return { stack, threads };
  }

  /** As `Interpreter` has them. */
  get counters(): Pick<Statistics, "nativeFrames" | "knownFrames"> {
    const { frames, known } = this.#unwinder.counts;
    return { nativeFrames: frames, knownFrames: known };
  }

  /** Frees the unwinder. */
  [Symbol.dispose](): void {
    this.#unwinder[Symbol.dispose]();
  }

  #threadStack(record: CaptureRecord, { threadState }: OwnedThread, native: NativeStack): PythonStack {
    const stack = this.#frames.read(record.read, threadState);
    if (!stack.torn || native.count === 0) return stack;
    const { dialect: { evaluationLoop }, offsets } = this.#target.runtime;
    const hasCFrames = offsets.cframe.currentFrame !== null;
    const distance = this.#cframeAnchor?.distance ?? null;
    const nameAt = (i: number) => this.#unwinder.name(native.pc(i), (native.flags(i) & NATIVE_FLAG.Signal) !== 0);
    const torn = { record, threadState, native, hasCFrames, distance, nameAt, evaluationLoop };
    return completeTorn(torn, this.#frames) ?? stack;
  }

  #learn(record: CaptureRecord, native: NativeStack, activations: readonly Activation[]): void {
    this.#anchor = anchorOf(native, markersOf(activations));
    this.#cframeAnchor = anchorOf(native, activations.flatMap(({ cframe }) => cframe ?? []));
    if (this.#anchor !== null) this.#unwinder.learn(record, this.#anchor.frame);
  }

  /** Native frames inside code that does not unwind are missing; the next marker tells where the stack goes on. */
  #repair(record: CaptureRecord, native: NativeStack, activations: readonly Activation[]): NativeStack {
    if (native.complete && !hasGuess(native)) return native;
    const markers = markersOf(activations);
    if (markers.length === 0) return native;
    const distance = this.#anchor?.distance ?? this.#guessed;
    return distance === null
      ? this.#guess(record, native, markers) ?? native
      : this.#unwinder.repair(record, native, markers, distance);
  }

  /**
   * Before any stack has shown how far markers lie below CFAs: the repaired one if a guess makes it whole, with all
   * activations that it reaches at the same distance.
   */
  #guess(record: CaptureRecord, native: NativeStack, markers: readonly Address[]): NativeStack | null {
    if (this.#guesses++ >= GUESSES_MAX) return null;
    const loop = this.#target.runtime.dialect.evaluationLoop;
    const distance = this.#unwinder.guess(record, { marker: markers[0], loop });
    if (distance === null) return null;
    const repaired = this.#unwinder.repair(record, native, markers, distance);
    if (!repaired.complete || anchorOf(repaired, markers)?.distance !== distance) return null;
    this.#guessed = distance;
    return repaired;
  }
}

/** Ascending: the innermost first. */
function markersOf(activations: readonly Activation[]): Address[] {
  return activations.flatMap(({ marker }) => marker ?? []).sort((a, b) => a - b);
}

/** Whether it ends for want of a register that a stop would give. */
function isNeedy({ count, flags }: NativeStack): boolean {
  return count > 0 && (flags(count - 1) & NATIVE_FLAG.Needy) !== 0;
}

function hasGuess(native: NativeStack): boolean {
  for (let i = 0; i < native.count; i++) if (native.flags(i) & NATIVE_FLAG.Guessed) return true;
  return false;
}
