/**
 * The compiled executable while it samples a program.
 *
 * ```ts
 * await using profiler = await Profiler.attach(target.pid);
 * await profiler.samples(100);
 * ```
 * @module
 */

import { austinpCommand, type Outcome, type RunOptions } from "./austinp.ts";
import { patiently } from "./target.ts";

/** Samples a process every millisecond, until it is told to stop; killed when it is disposed. */
export class Profiler implements AsyncDisposable {
  readonly pid: number;
  /** Every complete line of samples so far. */
  readonly lines: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #stderr: Promise<string>;
  readonly #started = Promise.withResolvers<void>();
  readonly #reading: Promise<void>;
  #more = Promise.withResolvers<void>();
  #ended = false;

  private constructor(child: Deno.ChildProcess) {
    this.pid = child.pid;
    this.#child = child;
    child.status.then(() => this.#ended = true);
    this.#stderr = this.#readErrors();
    this.#reading = this.#readSamples();
  }

  /** Attaches to a process, and waits until its sampler runs. */
  static async attach(pid: number, args: readonly string[] = [], options: RunOptions = {}): Promise<Profiler> {
    const profiler = new Profiler(austinpCommand(["-i", "1ms", ...args, "-p", `${pid}`], options).spawn());
    try {
      await patiently(profiler.#started.promise, "the start of sampling");
      return profiler;
    } catch (error) {
      await profiler[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Waits until so many more samples have come. */
  async samples(count: number): Promise<void> {
    for (const end = this.lines.length + count; this.lines.length < end;) {
      if (this.#ended) throw new Error(`austinp ended when ${end - this.lines.length} samples were to come`);
      await patiently(Promise.race([this.#more.promise, this.#reading]), "samples");
    }
  }

  /** Sends it a signal. */
  signal(name: Deno.Signal): void {
    if (!this.#ended) this.#child.kill(name);
  }

  /** Waits until it has ended. */
  async end(): Promise<Outcome> {
    const { code, signal } = await patiently(this.#child.status, "the end of austinp");
    await this.#reading;
    return { code, signal, stdout: this.lines.join("\n"), stderr: await this.#stderr };
  }

  /** Ends sampling in the orderly way. */
  stop(): Promise<Outcome> {
    this.signal("SIGINT");
    return this.end();
  }

  /** Kills it, if it lives, and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.#child.status;
    await Promise.all([this.#reading, this.#stderr]);
  }

  async #readSamples(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) if (line.startsWith("P")) this.lines.push(line);
      this.#more.resolve();
      this.#more = Promise.withResolvers();
    }
    this.#more.resolve();
  }

  async #readErrors(): Promise<string> {
    let all = "";
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      all += text;
      if (/^Sampling .*\n/m.test(all)) this.#started.resolve();
    }
    this.#started.reject(new Error(`austinp did not start: ${all}`));
    this.#started.promise.catch(() => {});
    return all;
  }
}
