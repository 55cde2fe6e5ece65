/**
 * The compiled executable, run as people do.
 * @module
 */

import { patiently } from "./target.ts";

/** Path of the executable; `deno task compile` makes it. */
export const AUSTINP = new URL("../../dist/austinp", import.meta.url).pathname;

/** How a run ended. */
export interface Outcome {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a run is started. */
export interface RunOptions {
  /** Command to start it with, as `["setpriv", "--reuid=1"]`; it must end in an exec. */
  readonly prefix?: readonly string[];
  /** What is run, if not the executable that was built here. */
  readonly program?: string;
  /** What it and the program that it launches read from standard input; nothing by default. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The command, not yet started, with pipes for its output. */
export function austinpCommand(args: readonly string[], options: RunOptions = {}): Deno.Command {
  const { prefix = [], program = AUSTINP, input, env, cwd } = options;
  const [first, ...rest] = [...prefix, program, ...args];
  const stdin = input === undefined ? "null" : "piped";
  return new Deno.Command(first, { args: rest, env, cwd, stdin, stdout: "piped", stderr: "piped" });
}

/** Runs it to its end. */
export async function austinp(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  await using run = startAustinp(args, options);
  return await run.outcome;
}

/** A run that goes on. */
export interface AustinpRun extends AsyncDisposable {
  readonly pid: number;
  readonly outcome: Promise<Outcome>;
  signal(name: Deno.Signal): void;
}

/** Starts it. Disposing kills it, if it has not ended. */
export function startAustinp(args: readonly string[], options: RunOptions = {}): AustinpRun {
  const child = austinpCommand(args, options).spawn();
  const outcome = finish(child, options.input);
  let ended = false;
  outcome.finally(() => ended = true).catch(() => {});
  return {
    pid: child.pid,
    outcome: patiently(outcome, `the end of austinp ${args.join(" ")}`),
    signal: (name) => child.kill(name),
    async [Symbol.asyncDispose]() {
      if (!ended) child.kill("SIGKILL");
      await outcome;
    },
  };
}

async function finish(child: Deno.ChildProcess, input: string | undefined): Promise<Outcome> {
  const [{ code, signal }, stdout, stderr] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    input === undefined ? null : write(child.stdin, input),
  ]);
  return { code, signal, stdout, stderr };
}

async function write(stream: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch (error) {
    // It may end without having read.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** A folder for output, removed when it is disposed. */
export class TemporaryFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "austinp-test-" });

  /** Path of a file in it. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Removes it with all that is in it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
