/**
 * Collapsed text in, ours and Austin's; samples and metadata out:
 *
 *     # key: value
 *     P<pid>;T<interpreter>:<tid>;<file>:<function>:<line>;... <metric>
 *
 * Austin 2 has no interpreter, Austin 4 the name of a thread in place of its id.
 * @module
 */

import { InputError } from "../errors.ts";
import type { Frame, Microseconds, Recorded, RecordedSample, Tid } from "../types.ts";
import { LineReader } from "./lines.ts";
import { frameOf, INVALID, stackOf } from "./text_frames.ts";

/** A line that could not be read. */
export interface BadLine {
  /** Counts from 1. */
  readonly line: number;
  /** What is wrong with it, for people. */
  readonly reason: string;
}

const METADATA = /^# ([^:]*): (.*)$/s;
const HEAD = /^P(-?\d+);T(?:(\d+):)?([^;]*)$/;
/** Numbers as they are written: nothing is rounded. */
const METRIC = /^(-?\d{1,15})(?:,([01]),(-?\d{1,15}))?$/;
const NATIVE = /^(native@[0-9a-f]+):(.*):(-?\d{1,15})$/s;
/** How many distinct frames are kept at hand. */
const MOST_FRAMES = 2 ** 15;
/** Shown of a line that is none. */
const SHOWN = 40;

/** Reads one file, in pieces of any size. */
export class CollapsedReader {
  readonly #lines = new LineReader();
  readonly #onBadLine: (line: BadLine) => void;
  readonly #frames = new Map<string, Frame>();
  #line = 0;
  #samples = 0;
  #bytes = 0;
  #isMemory = false;

  /** `onBadLine` is told of each line that is left out. */
  constructor(onBadLine: (line: BadLine) => void) {
    this.#onBadLine = onBadLine;
  }

  /** What is whole with this piece, in order. */
  *read(piece: Uint8Array): Generator<Recorded> {
    this.#bytes += piece.length;
    for (const line of this.#lines.read(piece)) {
      const recorded = this.#record(line);
      if (recorded !== null) yield recorded;
    }
  }

  /**
   * The last line, where its newline is missing.
   *
   * @throws {InputError} where there was not one sample in all of the file.
   */
  *end(): Generator<Recorded> {
    const rest = this.#lines.end();
    const recorded = rest === null ? null : this.#record(rest);
    if (recorded !== null) yield recorded;
    if (this.#samples > 0) return;
    throw new InputError(
      this.#bytes === 0
        ? "Cannot read the samples: the input is empty"
        : `No sample in ${this.#line} ${this.#line === 1 ? "line" : "lines"} of text`,
      this.#bytes,
    );
  }

  #record(text: string): Recorded | null {
    this.#line++;
    const line = text.endsWith("\r") ? text.slice(0, -1) : text;
    if (line.trim() === "") return null;
    if (line.startsWith("#")) return this.#metadata(line);
    const sample = this.#sample(line);
    if (typeof sample === "string") {
      this.#onBadLine({ line: this.#line, reason: sample });
      return null;
    }
    this.#samples++;
    return { kind: "sample", sample };
  }

  /** Other comments say nothing to us. */
  #metadata(line: string): Recorded | null {
    const [, key, value] = METADATA.exec(line) ?? [];
    if (key === undefined) return null;
    if (key === "mode") this.#isMemory = value === "memory";
    return { kind: "metadata", key, value };
  }

  /** A sample, or what is wrong with it. */
  #sample(line: string): RecordedSample | string {
    const end = line.lastIndexOf(" ");
    const [head, thread, ...parts] = (end < 0 ? line : line.slice(0, end)).split(";");
    const [, pid, interpreter = "0", name] = HEAD.exec(`${head};${thread}`) ?? [];
    if (pid === undefined) return `it begins with neither a process and a thread nor a #: '${shown(line)}'`;
    const metric = METRIC.exec(line.slice(end + 1));
    if (end < 0 || metric === null) return `it does not end in a metric: '…${line.slice(-SHOWN)}'`;
    const gc = parts.at(-1) === ":GC:";
    if (gc) parts.pop();
    const frames: Frame[] = [];
    for (const part of parts) {
      const frame = this.#frame(part);
      if (frame === null) return `'${shown(part)}' is not a frame`;
      frames.push(frame);
    }
    const { time, memory, idle } = this.#metrics(metric);
    return {
      ...{ pid: Number(pid), tid: tidOf(name), interpreter: Number(interpreter) },
      ...{ stack: stackOf(frames), gc, time, memory, idle },
    };
  }

  #metrics([, first, idle, memory]: readonly string[]): { time: Microseconds; memory: number; idle: boolean } {
    if (memory !== undefined) return { time: Number(first), memory: Number(memory), idle: idle === "1" };
    return this.#isMemory
      ? { time: 0, memory: Number(first), idle: false }
      : { time: Number(first), memory: 0, idle: false };
  }

  /** Each distinct frame is one object, so that who is given it can go by identity. */
  #frame(text: string): Frame | null {
    const known = this.#frames.get(text);
    if (known !== undefined) return known;
    const key = detached(text);
    const frame = parseFrame(key);
    if (frame === null) return null;
    if (this.#frames.size >= MOST_FRAMES) this.#frames.clear();
    this.#frames.set(key, frame);
    return frame;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A copy: a part of a string keeps the whole of it in memory. */
function detached(text: string): string {
  return decoder.decode(encoder.encode(text));
}

/** Fields are split from the right, since file names may hold colons; in native frames it is the symbol that may. */
function parseFrame(text: string): Frame | null {
  if (text === ":INVALID:") return INVALID;
  const [, file, symbol, offset] = NATIVE.exec(text) ?? [];
  if (file !== undefined) return frameOf(file, symbol, { line: Number(offset) });
  return parsePlainFrame(text);
}

function parsePlainFrame(text: string): Frame | null {
  const last = text.lastIndexOf(":");
  const middle = last < 0 ? -1 : text.lastIndexOf(":", last - 1);
  const number = text.slice(last + 1);
  if (last <= 0 || middle < 0 || !/^-?\d{1,15}$/.test(number)) return null;
  const [file, scope, line] = [text.slice(0, middle), text.slice(middle + 1, last), Number(number)];
  if (file === "kernel" && line === 0) return { kind: "kernel", symbol: scope };
  return frameOf(file, scope, { line });
}

function tidOf(name: string): Tid | string {
  return /^\d{1,10}$/.test(name) ? Number(name) : detached(name);
}

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
