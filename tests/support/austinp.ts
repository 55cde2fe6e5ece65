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
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it. */
export interface AustinpOptions {
  /** What it and the program that it launches read from standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs it to its end. */
export async function austinp(args: readonly string[], options: AustinpOptions = {}): Promise<Outcome> {
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
export function startAustinp(args: readonly string[], { input, env, cwd }: AustinpOptions = {}): AustinpRun {
  const stdin = input === undefined ? "null" : "piped";
  const child = new Deno.Command(AUSTINP, { args: [...args], env, cwd, stdin, stdout: "piped", stderr: "piped" })
    .spawn();
  const outcome = finish(child, input);
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
  const [{ code }, stdout, stderr] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    input === undefined ? null : write(child.stdin, input),
  ]);
  return { code, stdout, stderr };
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
