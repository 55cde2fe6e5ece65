/**
 * From a capture to a stack: unwinds, reads Python frames and joins the two. Touches nothing of the target but the
 * mappings, which change when it loads a library.
 * @module
 */

import type { CaptureRecord } from "../ffi/capture_record.ts";
import { KernelStackParser } from "../kernel/kernel_stack.ts";
import { CodeTable } from "../python/code.ts";
import { type FrameReader, frameReaderOf } from "../python/frames.ts";
import { mergeStacks } from "../stack/merge.ts";
import type { Stack } from "../types.ts";
import { NativeUnwinder } from "../unwind/unwinder.ts";
import type { Target } from "./target.ts";

/** A capture, interpreted. */
export interface Interpretation {
  readonly stack: Stack;
  /** Id of the sub-interpreter that was running; 0 also where there is none. */
  readonly interpreter: number;
}

/** Interprets the captures of one target. */
export class Interpreter implements Disposable {
  readonly #target: Target;
  readonly #unwinder: NativeUnwinder;
  readonly #codes: CodeTable;
  readonly #frames: FrameReader;
  readonly #kernel = new KernelStackParser();

  /** Borrows the target, which must outlive it. */
  constructor(target: Target) {
    this.#target = target;
    this.#unwinder = new NativeUnwinder(target.modules);
    this.#codes = new CodeTable(target.runtime);
    this.#frames = frameReaderOf(target.runtime, this.#codes);
  }

  /** The stack of a captured thread. */
  interpret(record: CaptureRecord): Interpretation {
    const native = this.#unwinder.unwind(record);
    const threads = record.threads.map((thread) => ({
      id: thread.interpreterId,
      stack: this.#frames.read(record.read, thread.threadState),
    }));
    const stack = mergeStacks({
      native,
      python: threads.map((thread) => thread.stack),
      kernel: this.#kernel.parse(record.kernelText),
      evaluationLoop: this.#target.runtime.dialect.evaluationLoop,
      nameNative: (pc, exact) => this.#unwinder.name(pc, exact),
    });
    // A capture that carried code objects was lost on its way; have them sent again.
    if (this.#codes.takeMissing()) this.#target.session.forgetCode();
    return { stack, interpreter: innermost(threads)?.id ?? 0 };
  }

  /** Frees the unwinder. */
  [Symbol.dispose](): void {
    this.#unwinder[Symbol.dispose]();
  }
}

/** The thread state whose activation is innermost: a thread may run several interpreters inside one another. */
function innermost<T extends { stack: { activations: readonly { marker: number | null }[] } }>(
  threads: readonly T[],
): T | undefined {
  const marker = (thread: T) => thread.stack.activations[0]?.marker ?? Infinity;
  return threads.toSorted((a, b) => marker(a) - marker(b))[0];
}
