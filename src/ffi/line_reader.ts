/**
 * libbfd on one file, in a process of its own: file addresses in, source lines out. See csrc/lines/lines.h.
 * @module
 */

import { ByteReader } from "../byte_reader.ts";
import { ShimError } from "../errors.ts";
import type { FileAddress, SourceLine } from "../types.ts";
import { loadLines } from "./library.ts";

const SYMBOLS = {
  // int32_t lines_start(const char *path, const char *alternate, int32_t *pid): a socket, or -errno
  lines_start: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  // int32_t lines_ask(int32_t socket, const double *addresses, uint32_t count, int32_t timeout_ms, uint8_t *into):
  //                   bytes, or -errno
  lines_ask: { parameters: ["i32", "buffer", "u32", "i32", "buffer"], result: "i32", nonblocking: true },
  // void lines_stop(int32_t socket, int32_t pid)
  lines_stop: { parameters: ["i32", "i32"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** How many addresses may be asked for at once. */
export const QUESTION_MAX = 64;
const ANSWER_MAX = 16384;
/** Set in the number of frames of an answer where libbfd has found something wrong with the file. */
const MALFORMED = 0x8000;

/** The lines of one address, innermost first: inlined calls, then the function itself. Empty where none is known. */
export type LineAnswer = readonly SourceLine[];

/** A reader of the debug information of one file. */
export class LineReader implements Disposable {
  readonly #lines = loadLines(SYMBOLS);
  readonly #socket: number;
  readonly #pid: number;
  #asking: Promise<unknown> | null = null;
  #disposed = false;
  #isMalformed = false;

  /**
   * Starts it on the file at `path`, and on the one that it shares information with (dwz), if any.
   * @throws {ShimError} when a file cannot be opened, or no process started
   * @throws {LibraryError} when libbfd cannot be loaded
   */
  constructor(path: string, alternate: string | null) {
    const pid = new Int32Array(1);
    const result = this.#lines.lines_start(cString(path), cString(alternate ?? ""), pid);
    if (result < 0) throw new ShimError(`read source lines of ${path}`, -result);
    this.#socket = result;
    this.#pid = pid[0];
  }

  /**
   * The lines of up to {@linkcode QUESTION_MAX} addresses, in their order; fewer where the reader has crashed, or has
   * not answered for `timeoutMs` milliseconds. It is of no use then. One question at a time.
   */
  async ask(addresses: readonly FileAddress[], timeoutMs: number): Promise<LineAnswer[]> {
    const into = new Uint8Array(addresses.length * ANSWER_MAX);
    const question = Float64Array.from(addresses);
    const answer = this.#lines.lines_ask(this.#socket, question, addresses.length, timeoutMs, into);
    this.#asking = answer;
    const size = await answer;
    this.#asking = null;
    return size < 0 ? [] : this.#parseAnswers(into.subarray(0, size));
  }

  /** Whether libbfd has found something wrong with the file in what was asked for until now. */
  get isMalformed(): boolean {
    return this.#isMalformed;
  }

  /** Ends it, once the question that it is at is answered or given up. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const stop = () => this.#lines.lines_stop(this.#socket, this.#pid);
    if (this.#asking === null) stop();
    else this.#asking.then(stop);
  }

  /** What comes from a reader may be anything: the rest from the first malformed answer on counts as not answered. */
  #parseAnswers(bytes: Uint8Array): LineAnswer[] {
    const reader = new ByteReader(bytes);
    const answers: LineAnswer[] = [];
    try {
      while (reader.remaining > 0) answers.push(this.#parseAnswer(reader));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    return answers;
  }

  #parseAnswer(reader: ByteReader): LineAnswer {
    const count = reader.u16();
    if (count >= MALFORMED) this.#isMalformed = true;
    return parseFrames(reader, count % MALFORMED);
  }
}

function parseFrames(reader: ByteReader, length: number): LineAnswer {
  return Array.from({ length }, () => {
    const line = reader.u32();
    const [fileSize, functionSize] = [reader.u16(), reader.u16()];
    return { file: text(reader.take(fileSize)), function: text(reader.take(functionSize)), line };
  });
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function cString(text: string) {
  return new TextEncoder().encode(`${text}\0`);
}
