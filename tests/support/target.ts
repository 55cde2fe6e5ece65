/**
 * A Python program under test: started, and waited for until it says that it is ready.
 *
 * The program talks by lines on its standard output, the first being `ready`, which text may follow:
 *
 * ```ts
 * await using target = await Target.start(python, "busy.py");
 * const dump = await where(target.pid);
 * ```
 * @module
 */

import type { Python } from "./pythons.ts";

/** A program that says nothing for so long hangs. */
const PATIENCE_MS = 30_000;

/** Path of a Python program of tests/fixtures/. */
export function fixture(name: string): string {
  return new URL(`../fixtures/${name}`, import.meta.url).pathname;
}

/** How to start a program. */
export interface TargetOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Command to start the interpreter with, as `["setpriv", "--reuid=1"]`; it must end in an exec. */
  readonly prefix?: readonly string[];
}

/** A running program; killed when it is disposed (`await using`), it alone. */
export class Target implements AsyncDisposable {
  readonly pid: number;
  /** Settles when the program has ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** What followed the word `ready`. */
  ready = "";
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #rest = "";
  #ended = false;

  private constructor(child: Deno.ChildProcess) {
    this.pid = child.pid;
    this.#child = child;
    this.status = child.status.then((status) => {
      this.#ended = true;
      return status;
    });
    this.#lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#input = child.stdin.getWriter();
  }

  /** Starts a program of tests/fixtures/ (or one with an absolute path) and waits for its line `ready`. */
  static start(python: Python, program: string, options: TargetOptions = {}): Promise<Target> {
    const path = program.startsWith("/") ? program : fixture(program);
    return Target.#start(python, [path, ...(options.args ?? [])], options);
  }

  /** As `start`, for the text of a program. */
  static run(python: Python, source: string, options: TargetOptions = {}): Promise<Target> {
    return Target.#start(python, ["-c", source, ...(options.args ?? [])], options);
  }

  static #start(python: Python, words: string[], options: TargetOptions): Promise<Target> {
    return Target.execute(python.path, ["-u", ...words], options);
  }

  /** As `start`, for a program that is not called python. */
  static async execute(program: string, words: readonly string[], options: TargetOptions = {}): Promise<Target> {
    const { prefix = [], env, cwd } = options;
    const [command, ...args] = [...prefix, program, ...words];
    const child = new Deno.Command(command, { args, env, cwd, stdin: "piped", stdout: "piped" }).spawn();
    const target = new Target(child);
    try {
      const line = await target.line();
      if (!/^ready\b/.test(line)) {
        throw new Error(`Cannot start ${[program, ...words].join(" ")}: it said ${JSON.stringify(line)}`);
      }
      target.ready = line.slice("ready".length).trim();
    } catch (error) {
      await target[Symbol.asyncDispose]();
      throw error;
    }
    return target;
  }

  /** The next line that the program writes. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return line;
      }
      const { done, value } = await patiently(this.#lines.read(), `a line of process ${this.pid}`);
      if (done) throw new Error(`Process ${this.pid} ended its output, with ${JSON.stringify(this.#rest)} left`);
      this.#rest += value;
    }
  }

  /** Writes a line to the program's standard input. */
  async send(line = ""): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Sends it a signal. */
  signal(name: Deno.Signal): void {
    if (!this.#ended) this.#child.kill(name);
  }

  /** Waits until it has ended, which it must do by itself. */
  end(): Promise<Deno.CommandStatus> {
    return patiently(this.status, `the end of process ${this.pid}`);
  }

  /** Kills it and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.status;
    await this.#lines.cancel().catch(() => {});
    await this.#input.close().catch(() => {});
  }
}

/** Waits for what must come, and says what did not. */
export async function patiently<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${PATIENCE_MS / 1000} s for ${what}`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
