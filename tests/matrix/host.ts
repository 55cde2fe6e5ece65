/**
 * A process that runs host.py with an interpreter of the matrix.
 * @module
 */

import { patiently } from "../support/target.ts";
import { FOLDER, type Interpreter } from "./interpreters.ts";

/** A running host; killed when it is disposed (`await using`). */
export class Host implements AsyncDisposable {
  /** What it said when it was ready. */
  ready = "";
  readonly #child: Deno.ChildProcess;
  readonly #output: Lines;
  readonly #errors: Lines;
  #pid: number | null = null;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#output = new Lines(child.stdout);
    this.#errors = new Lines(child.stderr);
  }

  /** The program's process id as we see it. */
  get pid(): number {
    return this.#pid ?? this.#child.pid;
  }

  /** Starts `script` of this folder and waits until it is ready. @throws with what it wrote, if it ends before. */
  static async start(interpreter: Interpreter, script: string, args: readonly string[]): Promise<Host> {
    const { command: [program, ...words], env, folder, tellsPid } = interpreter;
    const child = new Deno.Command(program, {
      args: [...words, "-B", `${folder}/${script}`, ...args],
      env: { ...env, PYTHONIOENCODING: "utf-8" },
      cwd: FOLDER,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const host = new Host(child);
    try {
      if (tellsPid) host.#pid = Number(await patiently(host.#errors.next(), "its process id"));
      const line = await patiently(host.#output.next(), `the start of ${script} ${args}`);
      if (!line?.startsWith("ready ")) {
        throw new Error(`Cannot start ${script} ${args}: it said ${line} and ${await host.#errors.rest()}`);
      }
      host.ready = line.slice("ready ".length);
      return host;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The next line of its output; null at its end. */
  line(): Promise<string | null> {
    return patiently(this.#output.next(), "a line");
  }

  /** The id, as we see it, of the thread that has the id `inner` in its own namespace. */
  tid(inner: number): number {
    for (const { name } of Deno.readDirSync(`/proc/${this.pid}/task`)) {
      const status = Deno.readTextFileSync(`/proc/${this.pid}/task/${name}/status`);
      if (Number(status.match(/^NSpid:.*\s(\d+)$/m)![1]) === inner) return Number(name);
    }
    throw new Error(`Process ${this.pid} has no thread ${inner}`);
  }

  /** Kills it and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended
    }
    await this.#child.status;
    await Promise.all([this.#output.cancel(), this.#errors.cancel()]);
  }
}

/** Lines of a stream, which is read from the beginning, so that its writer never waits. */
class Lines {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  async next(): Promise<string | null> {
    const parts = [this.#text];
    while (!parts.at(-1)!.includes("\n")) {
      const { done, value } = await this.#reader.read();
      if (done) return null;
      parts.push(value);
    }
    const text = parts.join("");
    const end = text.indexOf("\n");
    this.#text = text.slice(end + 1);
    return text.slice(0, end);
  }

  async rest(): Promise<string> {
    let text = this.#text;
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return text;
      text += value;
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}
