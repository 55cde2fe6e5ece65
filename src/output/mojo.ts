/**
 * MOJO, version 3 or 4: the binary formats of Austin 3.7 and 4.1.
 *
 *     "MOJ" varint(version)  event*       event = one byte that tells its kind, then its fields
 *
 * A sample is STACK, then STRING and FRAME for what has not been said of this process before, then a FRAME_REF for
 * each frame, outermost first, GC if the thread was collecting garbage, and its metrics. In version 4, STACK has the
 * thread's name if it has one, and STACK_REPEAT stands for the outermost frames where they are those of the thread's
 * sample before.
 * @module
 */

import { InputError } from "../errors.ts";
import { EVENT, MAGIC, UNKNOWN_REF } from "../mojo_events.ts";
import type {
  Frame,
  Mapping,
  MarkFrame,
  Mode,
  NativeFrame,
  Pid,
  PythonFrame,
  RecordedSample,
  Statistics,
  Tid,
} from "../types.ts";
import type { SampleFormat } from "./format.ts";
import {
  closingMetadata,
  type Header,
  headerMetadata,
  mapMetadata,
  measuresMemory,
  type Metadata,
  modeNamed,
} from "./metadata.ts";
import { MojoThreads, type ThreadEvent } from "./mojo_threads.ts";
import { escapeCharacter, nativeFields } from "./text.ts";
import type { ThreadName } from "./thread_names.ts";

const FIRST_REF = 2;
/** What ends a string, and lone surrogates, which UTF-8 cannot carry. */
const UNWRITABLE = /[\0\p{Cs}]/gu;
/** In bytes: austin-python fails at a longer one. Austin 3.7 has no names of this length either. */
const LONGEST_STRING = 1024;
/** Strings, and frames, that are remembered; numbers of strings have 27 bits. */
const MOST_KEPT = 2 ** 19;

/** Of as many threads of a process, the last samples are. */
const MOST_THREADS = 4096;

/** Which version, and what it needs. */
export type MojoOptions = { readonly version: 3 } | { readonly version: 4; readonly threadName: ThreadName };

/** MOJO, which can also be written piece by piece, as a recording has it. */
export interface MojoFormat extends SampleFormat {
  /** What a file begins with, before all metadata. */
  begin(): Uint8Array;
  /** May stand before, between and behind samples; `mode` says which metrics the samples after it have. */
  metadata(metadata: Metadata): Uint8Array;
  /** @throws {InputError} in version 3, for a thread that is known by its name alone. */
  sample(sample: RecordedSample): Uint8Array;
}

/** MOJO. */
export function mojoFormat(options: MojoOptions = { version: 3 }): MojoFormat {
  const writer = new EventWriter();
  const threads = options.version === 4 ? new MojoThreads(options.threadName) : null;
  const processes = new Map<Pid, Dictionary>();
  let mode: Mode = "wall";
  function writeBeginning(): void {
    writer.raw(MAGIC);
    writer.varint(options.version);
  }
  return {
    begin(): Uint8Array {
      writeBeginning();
      return writer.take();
    },
    header(header: Header): Uint8Array {
      mode = header.mode;
      writeBeginning();
      return writeMetadata(writer, headerMetadata(header));
    },
    joined(_: Pid, mappings: readonly Mapping[]): Uint8Array {
      return writeMetadata(writer, mapMetadata(mappings));
    },
    left(pid: Pid): void {
      processes.delete(pid);
    },
    metadata(metadata: Metadata): Uint8Array {
      if (metadata[0] === "mode") mode = modeNamed(metadata[1]) ?? mode;
      return writeMetadata(writer, [metadata]);
    },
    sample(sample: RecordedSample): Uint8Array {
      let dictionary = processes.get(sample.pid);
      // What was said is said again when there is no number left for more.
      if (dictionary === undefined || dictionary.isFull) processes.set(sample.pid, dictionary = new Dictionary());
      const known = threads === null ? dictionary.said(sample) : undefined;
      if (known === undefined) writeStack(writer, sample, { dictionary, threads });
      else writer.bytes(known);
      if (threads === null && known === undefined) dictionary.say(sample, () => writer.written());
      writeMetrics(writer, sample, mode);
      return writer.take();
    },
    mappings(mappings: readonly Mapping[]): Uint8Array {
      return writeMetadata(writer, mapMetadata(mappings));
    },
    closing(statistics: Statistics, options: { figures: boolean }): Uint8Array[] {
      return [writeMetadata(writer, closingMetadata(statistics, options))];
    },
  };
}

function writeMetadata(writer: EventWriter, metadata: readonly Metadata[]): Uint8Array {
  for (const [key, value] of metadata) {
    writer.event(EVENT.metadata);
    writer.string(key);
    writer.string(value);
  }
  return writer.take();
}

/** What was written before. */
interface Context {
  readonly dictionary: Dictionary;
  /** Null in version 3. */
  readonly threads: MojoThreads | null;
}

function writeStack(writer: EventWriter, sample: RecordedSample, { dictionary, threads }: Context): void {
  const { pid, interpreter, stack } = sample;
  const { label, repeated } = threadOf(sample, threads);
  const frames = stack.frames.slice(repeated);
  writer.event(EVENT.stack);
  writer.varint(pid);
  writer.varint(interpreter);
  writer.string(label);
  if (repeated > 0) writer.event(EVENT.stackRepeat);
  const isMarked = stack.frames.some((frame) => frame.kind === "mark" && frame.mark !== "gap");
  // Whoever reads only the frames has to see a stack that did not prove.
  if (stack.proof.flaw !== null && !isMarked) writer.event(EVENT.frameInvalid);
  for (const frame of frames) if (frame.kind !== "kernel") dictionary.define(writer, frame);
  for (const frame of frames) writeFrame(writer, frame, dictionary);
  if (sample.gc) writer.event(EVENT.gc);
}

/** How the thread is called, and how many frames STACK_REPEAT stands for. */
function threadOf(sample: RecordedSample, threads: MojoThreads | null): ThreadEvent {
  const { tid } = sample;
  if (typeof tid === "number") return threads?.next({ ...sample, tid }) ?? { label: tid.toString(16), repeated: 0 };
  if (threads !== null) return { label: tid, repeated: 0 };
  throw new InputError(`Cannot write the name of a thread, '${tid}', in MOJO 3: --mojo 4 has names`, 0);
}

function writeMetrics(writer: EventWriter, { time, idle, memory }: RecordedSample, mode: Mode): void {
  if (mode !== "memory") {
    writer.event(EVENT.metricTime);
    writer.varint(Math.round(time));
  }
  if (mode === "full" && idle) writer.event(EVENT.idle);
  if (measuresMemory(mode)) {
    writer.event(EVENT.metricMemory);
    writer.varint(memory);
  }
}

function writeFrame(writer: EventWriter, frame: Frame, dictionary: Dictionary): void {
  if (frame.kind === "kernel") {
    writer.event(EVENT.frameKernel);
    writer.string(frame.symbol);
  } else if (frame.kind === "mark" && frame.mark !== "gap") {
    writer.event(EVENT.frameInvalid);
  } else {
    writer.event(EVENT.frameRef);
    writer.varint(dictionary.key(frame));
  }
}

/** The last sample of a thread. */
interface ThreadSaid extends Pick<RecordedSample, "stack" | "interpreter" | "gc"> {
  readonly bytes: Uint8Array | null;
}

type KeyedFrame = PythonFrame | NativeFrame | MarkFrame;

/** What has been said of one process: its frames and strings, each with a number. */
class Dictionary {
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

/** Whether a byte of UTF-8 continues a character. */
function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

/** Puts events together. */
class EventWriter {
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(4096);
  #size = 0;

  event(id: number): void {
    this.#reserve(1);
    this.#bytes[this.#size++] = id;
  }

  /**
   * Six bits in the first byte, after one that says that more follow and one for the sign; then seven a byte, the
   * lowest first.
   */
  varint(value: number): void {
    let rest = Math.abs(value);
    let byte = rest % 64 + (value < 0 ? 64 : 0);
    rest = Math.floor(rest / 64);
    this.#reserve(10);
    while (rest > 0) {
      this.#bytes[this.#size++] = byte + 128;
      byte = rest % 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#size++] = byte;
  }

  /** Ends with a 0, which a name that holds one would do too early; escaped as in collapsed text, and cut if long. */
  string(text: string): void {
    const start = this.#size;
    this.raw(text.replace(UNWRITABLE, escapeCharacter));
    if (this.#size - start > LONGEST_STRING) this.#cut(start);
    this.event(0);
  }

  raw(text: string): void {
    this.#reserve(text.length * 3);
    this.#size += this.#encoder.encodeInto(text, this.#bytes.subarray(this.#size)).written;
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  /** A copy of what was put together since the last `take()`. */
  written(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  /** Shortens the string from `start` on, between two characters. */
  #cut(start: number): void {
    const mark = this.#encoder.encode("…");
    this.#size = start + LONGEST_STRING - mark.length;
    while (isContinuation(this.#bytes[this.#size])) this.#size--;
    this.#bytes.set(mark, this.#size);
    this.#size += mark.length;
  }

  /** What was put together since the last call. */
  take(): Uint8Array {
    const bytes = this.written();
    this.#size = 0;
    return bytes;
  }

  #reserve(size: number): void {
    if (this.#size + size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#size + size));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}
