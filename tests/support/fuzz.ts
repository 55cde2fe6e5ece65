/**
 * Captures of running interpreters, and what becomes of them when words in them are changed: cycles, lengths of 2^60,
 * pointers into nowhere. Whatever the memory of a target holds, its stack is interpreted soon, without an error, and
 * what does not prove is flagged.
 * @module
 */

import assert from "node:assert/strict";
import { CaptureRecord, CODE_SIZE, RANGE_SIZE, RECORD, THREAD_SIZE } from "../../src/ffi/capture_record.ts";
import { Interpreter } from "../../src/sampler/interpreter.ts";
import type { Target as Process } from "../../src/sampler/target.ts";
import { findTarget } from "../../src/sampler/target_search.ts";
import type { Frame, Stack } from "../../src/types.ts";
import type { Python } from "./pythons.ts";
import type { Random } from "./random.ts";
import { Target } from "./target.ts";

const MOMENTS = 12;
/** Far more than the longest case takes, 0.2 s, also on a busy machine. */
const PATIENCE_MS = 5_000;
const CHANGES_MAX = 6;
const ADDRESS_LIMIT = 2n ** 47n;
/** No stack has more frames: what the unwinder and the readers of frames stop at. */
const FRAMES_MAX = 300_000;

/** A capture, and where in it there are pointers. */
interface Recorded {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Offsets of words that point into captured memory. */
  readonly pointers: readonly number[];
  /** Offset of the first word that comes from the target's memory. */
  readonly body: number;
}

/** Captures of one interpreter, which goes on to run for as long as they are used. */
export class Recordings implements AsyncDisposable {
  readonly #target: Target;
  readonly #process: Process;
  readonly #interpreter: Interpreter;
  readonly #records: readonly Recorded[];
  /** What was found: stacks by flaw, `null` for those that proved. */
  readonly flaws = new Map<string | null, number>();

  private constructor(target: Target, process: Process) {
    this.#target = target;
    this.#process = process;
    this.#interpreter = new Interpreter(process);
    this.#records = takeCaptures(process).map(describe);
  }

  /** Captures a program that computes. */
  static async of(python: Python): Promise<Recordings> {
    const target = await Target.start(python, "busy.py", { args: ["--threads", "1"] });
    try {
      return new Recordings(target, await findTarget(target.pid, { timeout: 1_000_000 }));
    } catch (error) {
      await target[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Interprets the captures as they are. */
  interpretAll(): Stack[] {
    return this.#records.map(({ bytes }) => this.#interpreter.interpret(new CaptureRecord(bytes)).stack);
  }

  /** Interprets one of them with some words changed, and fails where that does not go well. */
  fuzz(random: Random): void {
    const { bytes, ...record } = random.pick(this.#records);
    const changed = bytes.slice();
    const changes = change(changed, record, random);
    const start = performance.now();
    try {
      const { stack } = this.#interpreter.interpret(new CaptureRecord(changed));
      checkStack(stack);
      this.flaws.set(stack.proof.flaw, (this.flaws.get(stack.proof.flaw) ?? 0) + 1);
    } catch (error) {
      throw new Error(`Cannot interpret a capture with ${changes.join(", ")}`, { cause: error });
    }
    const took = performance.now() - start;
    assert.ok(took < PATIENCE_MS, `${took} ms for a capture with ${changes.join(", ")}`);
  }

  /** A capture as the shim wrote it. */
  get record(): Uint8Array<ArrayBuffer> {
    return this.#records[0].bytes;
  }

  /** Ends the program. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#interpreter[Symbol.dispose]();
    this.#process[Symbol.dispose]();
    await this.#target[Symbol.asyncDispose]();
  }
}

/** Fails where a stack breaks a promise that every stack keeps. */
export function checkStack({ frames, proof }: Stack): void {
  const { flaw, expected, matched } = proof;
  assert.ok(frames.length < FRAMES_MAX && matched <= expected);
  if (flaw === null) assert.equal(matched, expected);
  else assert.ok(flaw === "truncated" || frames[0].kind === "mark" && frames[0].mark === "invalid");
  assert.ok(frames.every(isSound), JSON.stringify(frames.find((frame) => !isSound(frame))));
}

function isSound(frame: Frame): boolean {
  if (frame.kind !== "python") return true;
  const { function: name, file, line, endLine, column } = frame;
  return typeof name === "string" && typeof file === "string" && Number.isInteger(line) && line >= 0 &&
    Number.isInteger(endLine) && (column === null || column >= 0);
}

/** Captures a process's threads some times. */
export function takeCaptures({ session }: Process, moments = MOMENTS): Uint8Array<ArrayBuffer>[] {
  const captures: Uint8Array<ArrayBuffer>[] = [];
  for (let moment = 0; moment < moments; moment++) {
    session.dump(false);
    for (const { registers } of session.drain()) {
      const start = registers.byteOffset - RECORD.registers;
      const size = new DataView(registers.buffer, start).getUint32(RECORD.size, true);
      captures.push(new Uint8Array(registers.buffer, start, size).slice());
    }
  }
  return captures;
}

function describe(bytes: Uint8Array<ArrayBuffer>): Recorded {
  const view = new DataView(bytes.buffer);
  const threads = view.getUint32(RECORD.threadCount, true) * THREAD_SIZE;
  const codes = view.getUint32(RECORD.codeCount, true) * CODE_SIZE;
  const count = view.getUint32(RECORD.rangeCount, true);
  const table = RECORD.headerSize + threads + codes;
  const body = table + count * RANGE_SIZE;
  const ranges = Array.from({ length: count }, (_, i) => {
    const [start, size] = [0, 8].map((offset) => view.getBigUint64(table + i * RANGE_SIZE + offset, true));
    return { start, end: start + size };
  });
  const pointers: number[] = [];
  for (let at = body; at + 8 <= bytes.length; at += 8) {
    const word = view.getBigUint64(at, true);
    if (ranges.some(({ start, end }) => word >= start && word < end)) pointers.push(at);
  }
  return { bytes, pointers, body };
}

/** Changes words of the target: registers, thread states and memory. Returns what was done. */
function change(bytes: Uint8Array, { pointers, body }: Omit<Recorded, "bytes">, random: Random): string[] {
  const view = new DataView(bytes.buffer);
  const words = (bytes.length - body) / 8;
  const changes: string[] = [];
  for (let left = 1 + random.below(CHANGES_MAX); left > 0; left--) {
    const at = [
      () => random.pick(pointers),
      () => random.pick(pointers),
      () => body + 8 * random.below(words),
      () => RECORD.registers + 8 * random.below(27),
      () => RECORD.headerSize,
    ][random.below(20) < 18 ? random.below(3) : 3 + random.below(2)]();
    const right = view.getBigUint64(at, true);
    const bad = random.badWord(right, () => view.getBigUint64(random.pick(pointers), true) % ADDRESS_LIMIT);
    view.setBigUint64(at, bad, true);
    changes.push(`0x${bad.toString(16)} for 0x${right.toString(16)} at ${at}`);
  }
  return changes;
}
