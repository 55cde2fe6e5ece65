/**
 * From a capture to a stack: of a stopped thread all of it, of one that was not stopped the Python frames.
 * @module
 */

import { type CaptureRecord, RecordFlag } from "../ffi/capture_record.ts";
import { CodeTable } from "../python/code.ts";
import { type FrameReader, frameReaderOf } from "../python/frames.ts";
import { GilReader } from "../python/gil.ts";
import { pythonOnly } from "../stack/python_only.ts";
import type { PythonStack, Stack, Statistics } from "../types.ts";
import { type MixedStack, MixedStacks } from "./mixed_stacks.ts";
import type { Target } from "./target.ts";

/** A capture, interpreted. */
export interface Interpretation {
  readonly stack: Stack;
  /** Id of the sub-interpreter that was running; 0 also where there is none. */
  readonly interpreter: number;
  /** Whether the thread held the GIL, and whether it collected garbage; false where that is not watched. */
  readonly holdsGil: boolean;
  readonly gc: boolean;
}

/** Interprets the captures of one target. */
export class Interpreter implements Disposable {
  readonly #target: Target;
  readonly #codes: CodeTable;
  readonly #frames: FrameReader;
  readonly #gil: GilReader | null;
  /** Null where no thread is stopped. */
  readonly #mixed: MixedStacks | null;

  /** Borrows the target, which must outlive it; `native` where its captures are of stopped threads. */
  constructor(target: Target, { native = true }: { native?: boolean } = {}) {
    this.#target = target;
    this.#codes = new CodeTable(target.runtime);
    this.#frames = frameReaderOf(target.runtime, this.#codes);
    this.#gil = target.watchesGil ? new GilReader(target.runtime) : null;
    this.#mixed = native ? new MixedStacks(target, this.#frames) : null;
  }

  /** The stack of a captured thread. */
  interpret(record: CaptureRecord): Interpretation {
    this.#codes.begin(record.read, (each) => record.forEachCode(each));
    const { stack, threads } = this.#mixed?.read(record) ?? this.#pythonStack(record);
    // A capture that carried code objects was lost on its way; have them sent again.
    if (this.#codes.takeMissing()) this.#target.session.forgetCode();
    const gil = this.#gil;
    return {
      stack,
      interpreter: record.threads[innermost(threads)]?.interpreterId ?? 0,
      holdsGil: gil !== null && record.threads.some((thread) => gil.holdsGil(record.read, thread)),
      gc: gil !== null && record.threads.some((thread) => gil.isCollecting(record.read, thread)),
    };
  }

  /** How many native frames there were, and how many of them were known: as in `Statistics`. */
  get counters(): Pick<Statistics, "nativeFrames" | "knownFrames"> {
    return this.#mixed?.counters ?? { nativeFrames: 0, knownFrames: 0 };
  }

  /** Frees the unwinder. */
  [Symbol.dispose](): void {
    this.#mixed?.[Symbol.dispose]();
  }

  #pythonStack(record: CaptureRecord): MixedStack {
    const isTorn = (record.flags & RecordFlag.Torn) !== 0;
    const threads = isTorn ? [] : record.threads.map(({ threadState }) => this.#frames.read(record.read, threadState));
    return { stack: pythonOnly(isTorn ? null : threads), threads };
  }
}

/**
 * Number of the thread state whose activation is innermost: a thread may run several interpreters inside one another.
 * One that it has left runs nothing, but may still exist. Without markers it is the newest, as the interpreters are
 * ordered.
 */
function innermost(threads: readonly PythonStack[]): number {
  const marker = (i: number) => threads[i].activations[0].marker ?? 0;
  const running = [...threads.keys()].filter((i) => threads[i].activations.length > 0);
  return running.toSorted((a, b) => marker(a) - marker(b))[0] ?? threads.length - 1;
}
