/**
 * The program that is sampled in the benchmarks, and what it tells of itself: pauses and speed as it sees them.
 * @module
 */

const PROGRAM = new URL("target.py", import.meta.url).pathname;

/** One measurement, made inside the target. */
export interface Measurement {
  /** Gaps between two readings of the clock, in ns, longer than the threshold. */
  readonly gaps: readonly number[];
  /** Readings of the clock: they fall as the program is slowed down. */
  readonly loops: number;
}

/** What there is besides the thread that measures. */
export interface Shape {
  /** Threads that wait, and threads that compute. */
  readonly idle?: number;
  readonly running?: number;
  /** How many calls deep they are, those that wait excepted. */
  readonly depth?: number;
  /** Child processes that wait. */
  readonly children?: number;
  /** Imported first. */
  readonly modules?: readonly string[];
}

/** A running target. */
export class BenchTarget implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Starts `python`. */
  static async start(python: string, library: string, shape: Shape = {}): Promise<BenchTarget> {
    const { idle = 0, running = 0, depth = 20, children = 0, modules = [] } = shape;
    const args = [PROGRAM, library, ...[idle, running, depth, children].map(String), ...modules];
    const target = new BenchTarget(new Deno.Command(python, { args, stdin: "piped", stdout: "piped" }).spawn());
    await target.#line();
    return target;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Watches the clock for `seconds`; gaps below `thresholdNs` are not noted. */
  async measure(seconds: number, thresholdNs: number): Promise<Measurement> {
    await this.#writer.write(new TextEncoder().encode(`${seconds} ${thresholdNs}\n`));
    return JSON.parse(await this.#line());
  }

  /** Ends the program. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#reader.cancel();
    await this.#child.status;
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("the target has ended");
      this.#text += value;
    }
  }
}
