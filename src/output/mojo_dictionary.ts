/**
 * What MOJO has said of one process so far: strings and frames go by numbers once they were said in full.
 * @module
 */

import { EVENT, UNKNOWN_REF } from "../mojo_events.ts";
import type { MarkFrame, NativeFrame, PythonFrame, RecordedSample, Tid } from "../types.ts";
import type { EventWriter } from "./event_writer.ts";
import { nativeFields } from "./text.ts";

const FIRST_REF = 2;
/** Strings, and frames, that are remembered; numbers of strings have 27 bits. */
const MOST_KEPT = 2 ** 16;

/** Of as many threads of a process, the last samples are. */
const MOST_THREADS = 4096;

/** The last sample of a thread. */
interface ThreadSaid extends Pick<RecordedSample, "stack" | "interpreter" | "gc"> {
  readonly bytes: Uint8Array | null;
}

/** A frame that is told by its number. */
export type KeyedFrame = PythonFrame | NativeFrame | MarkFrame;

/** What has been said of one process: its frames and strings, each with a number. */
export class Dictionary {
  readonly #threads = new Map<Tid | string, ThreadSaid>();
  readonly #frames = new Map<KeyedFrame, number>();
  readonly #strings = new Map<string, number>([["<unknown>", UNKNOWN_REF]]);

  /** Whether there may be no number left for the strings of another sample, or it takes too much memory. */
  get isFull(): boolean {
    return this.#strings.size > MOST_KEPT || this.#frames.size > MOST_KEPT;
  }

  /** All that stands before the metrics of a sample, where the thread's sample before was the same. */
  said({ tid, interpreter, gc, stack }: RecordedSample): Uint8Array | undefined {
    const last = this.#threads.get(tid);
    const isSame = last?.stack === stack && last.interpreter === interpreter && last.gc === gc;
    return isSame ? last.bytes ?? undefined : undefined;
  }

  /**
   * To be told of a sample that was written in full. The first time that a stack comes, frames are defined with it, and
   * most never come again: what `written` gives is kept from the second time on.
   */
  say({ tid, interpreter, gc, stack }: RecordedSample, written: () => Uint8Array): void {
    const isSecond = this.#threads.get(tid)?.stack === stack;
    if (this.#threads.size >= MOST_THREADS) this.#threads.clear();
    this.#threads.set(tid, { stack, interpreter, gc, bytes: isSecond ? written() : null });
  }

  /** The number of a frame that has been defined. */
  key(frame: KeyedFrame): number {
    return this.#frames.get(frame)!;
  }

  /** Says what a frame is, the first time. */
  define(writer: EventWriter, frame: KeyedFrame): void {
    if (this.#frames.has(frame) || (frame.kind === "mark" && frame.mark !== "gap")) return;
    const key = this.#frames.size + 1;
    this.#frames.set(frame, key);
    const [file, scope, ...place] = describe(frame);
    const refs = [this.#ref(writer, file), this.#ref(writer, scope)];
    writer.event(EVENT.frame);
    for (const number of [key, ...refs, ...place]) writer.varint(number);
  }

  #ref(writer: EventWriter, text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const ref = this.#strings.size - 1 + FIRST_REF;
    this.#strings.set(text, ref);
    writer.event(EVENT.string);
    writer.varint(ref);
    writer.string(text);
    return ref;
  }
}

type Place = [line: number, endLine: number, column: number, endColumn: number];

/** File, function and place. Columns count from 1; 0 is for what is not known. */
function describe(frame: KeyedFrame): [file: string, scope: string, ...Place] {
  switch (frame.kind) {
    case "python": {
      const { file, function: scope, line, column, endColumn } = frame;
      // Where there are no columns, the end of the line range is not told either.
      if (column === null || endColumn === null) return [file, scope, line, 0, 0, 0];
      return [file, scope, line, frame.endLine, column + 1, endColumn + 1];
    }
    case "native": {
      const { file, function: scope, number } = nativeFields(frame);
      return [file, scope, number, 0, 0, 0];
    }
    case "mark":
      return ["native@0", "<unknown>", 0, 0, 0, 0];
  }
}
