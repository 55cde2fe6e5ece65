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
import { EVENT, MAGIC } from "../mojo_events.ts";
import type { Frame, Mapping, Mode, Pid, RecordedSample, Statistics } from "../types.ts";
import { EventWriter } from "./event_writer.ts";
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
import { Dictionary } from "./mojo_dictionary.ts";
import { MojoThreads, type ThreadEvent } from "./mojo_threads.ts";
import type { ThreadName } from "./thread_names.ts";

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
    ...(threads === null ? { tell: (metadata: Metadata) => writeMetadata(writer, [metadata]) } : {}),
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
