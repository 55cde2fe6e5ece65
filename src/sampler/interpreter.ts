/**
 * From a capture to a stack: unwinds, reads Python frames and joins the two. Touches nothing of the target but the
 * mappings, which change when it loads a library.
 * @module
 */

import type { CaptureRecord, OwnedThread } from "../ffi/capture_record.ts";
import { KernelStackParser } from "../kernel/kernel_stack.ts";
import { CodeTable } from "../python/code.ts";
import { type FrameReader, frameReaderOf } from "../python/frames.ts";
import { GilReader } from "../python/gil.ts";
import { type Anchor, anchorOf } from "../stack/anchor.ts";
import { mergeStacks } from "../stack/merge.ts";
import {
  type Activation,
  type Address,
  NATIVE_FLAG,
  type NativeStack,
  type PythonStack,
  type Stack,
} from "../types.ts";
import { NativeUnwinder } from "../unwind/unwinder.ts";
import type { Target } from "./target.ts";
import { completeTorn } from "./torn.ts";

/** A capture, interpreted. */
export interface Interpretation {
  readonly stack: Stack;
  /** Id of the sub-interpreter that was running; 0 also where there is none. */
  readonly interpreter: number;
  /** Whether the thread held the GIL, and whether it collected garbage; false where that is not watched. */
  readonly holdsGil: boolean;
  readonly gc: boolean;
}

/** A thread state's own part of a thread's stack. */
interface ThreadStack {
  readonly id: number;
  readonly stack: PythonStack;
}

/** Interprets the captures of one target. */
export class Interpreter implements Disposable {
  readonly #target: Target;
  readonly #unwinder: NativeUnwinder;
  readonly #codes: CodeTable;
  readonly #frames: FrameReader;
  readonly #kernel = new KernelStackParser();
  readonly #gil: GilReader | null;
  /** How far an activation's marker, and its CFrame, lie below its CFA; null until a stack has shown it. */
  #anchor: Anchor | null = null;
  #cframeAnchor: Anchor | null = null;

  /** Borrows the target, which must outlive it. */
  constructor(target: Target) {
    this.#target = target;
    this.#unwinder = new NativeUnwinder(target.modules, { jit: target.jit });
    this.#codes = new CodeTable(target.runtime);
    this.#frames = frameReaderOf(target.runtime, this.#codes);
    this.#gil = target.watchesGil ? new GilReader(target.runtime) : null;
  }

  /** The stack of a captured thread. */
  interpret(record: CaptureRecord): Interpretation {
    const unwound = this.#unwinder.unwind(record);
    const threads = record.threads.map((thread) => this.#threadStack(record, thread, unwound));
    const activations = threads.flatMap(({ stack }) => stack.activations);
    if (this.#anchor === null) this.#learn(record, unwound, activations);
    const stack = mergeStacks({
      native: this.#repair(record, unwound, activations),
      python: threads.map((thread) => thread.stack),
      kernel: this.#kernel.parse(record.kernelText),
      evaluationLoop: this.#target.runtime.dialect.evaluationLoop,
      nameNative: (pc, exact) => this.#unwinder.name(pc, exact),
    });
    // A capture that carried code objects was lost on its way; have them sent again.
    if (this.#codes.takeMissing()) this.#target.session.forgetCode();
    const gil = this.#gil;
    return {
      stack,
      interpreter: innermost(threads)?.id ?? 0,
      holdsGil: gil !== null && record.threads.some((thread) => gil.holdsGil(record.read, thread)),
      gc: gil !== null && record.threads.some((thread) => gil.isCollecting(record.read, thread)),
    };
  }

  /** Frees the unwinder. */
  [Symbol.dispose](): void {
    this.#unwinder[Symbol.dispose]();
  }

  #threadStack(record: CaptureRecord, thread: OwnedThread, native: NativeStack): ThreadStack {
    const { threadState, interpreterId: id } = thread;
    const stack = this.#frames.read(record.read, threadState);
    const { dialect, offsets } = this.#target.runtime;
    if (!stack.torn || offsets.cframe.currentFrame === null || native.count === 0) return { id, stack };
    const distance = this.#cframeAnchor?.distance ?? null;
    const nameAt = (i: number) => this.#unwinder.name(native.pc(i), (native.flags(i) & NATIVE_FLAG.Signal) !== 0);
    const torn = { record, threadState, native, distance, nameAt, evaluationLoop: dialect.evaluationLoop };
    return { id, stack: completeTorn(torn, this.#frames) ?? stack };
  }

  #learn(record: CaptureRecord, native: NativeStack, activations: readonly Activation[]): void {
    this.#anchor = anchorOf(native, markersOf(activations));
    this.#cframeAnchor = anchorOf(native, activations.flatMap(({ cframe }) => cframe ?? []));
    if (this.#anchor !== null) this.#unwinder.learn(record, this.#anchor.frame);
  }

  /** Native frames inside code that does not unwind are missing; the next marker tells where the stack goes on. */
  #repair(record: CaptureRecord, native: NativeStack, activations: readonly Activation[]): NativeStack {
    if (this.#anchor === null || (native.complete && !hasGuess(native))) return native;
    const markers = markersOf(activations);
    return markers.length === 0 ? native : this.#unwinder.repair(record, native, markers, this.#anchor.distance);
  }
}

/** Ascending: the innermost first. */
function markersOf(activations: readonly Activation[]): Address[] {
  return activations.flatMap(({ marker }) => marker ?? []).sort((a, b) => a - b);
}

function hasGuess(native: NativeStack): boolean {
  for (let i = 0; i < native.count; i++) if (native.flags(i) & NATIVE_FLAG.Guessed) return true;
  return false;
}

/**
 * The thread state whose activation is innermost: a thread may run several interpreters inside one another. One that
 * it has left runs nothing, but may still exist. Without markers it is the newest, as the interpreters are ordered.
 */
function innermost(threads: readonly ThreadStack[]): ThreadStack | undefined {
  const marker = ({ stack }: ThreadStack) => stack.activations[0].marker ?? 0;
  const running = threads.filter(({ stack }) => stack.activations.length > 0);
  return running.toSorted((a, b) => marker(a) - marker(b))[0] ?? threads.at(-1);
}
