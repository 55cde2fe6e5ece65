/**
 * One program that a process executes, being sampled; after an exec there is another.
 * @module
 */

import { delay } from "../std/async.ts";
import type { Sample } from "../types.ts";
import type { LineResolver } from "../unwind/lines/line_resolver.ts";
import { Interpreter } from "./interpreter.ts";
import { lineResolverOf } from "./lines.ts";
import { PythonNames } from "./python_names.ts";
import type { RunOptions } from "./run_options.ts";
import { statOf, type Target } from "./target.ts";

/** How long a process may take to get from one program to the next, or to its end. */
const EXEC_PAUSE_MS = 5;
const EXEC_LOOKS = 200;

/** A target and what makes its captures samples. */
export class Program implements Disposable {
  readonly target: Target;
  readonly interpreter: Interpreter;
  /** What Python calls its threads. */
  readonly names: PythonNames;
  readonly #lines: LineResolver | null;

  /** Takes over `target`; starts sampling at once. */
  constructor(target: Target, options: RunOptions) {
    this.target = target;
    target.session.start(options.interval, options);
    // Reads symbols and unwind tables, while captures come in already.
    this.interpreter = new Interpreter(target, options);
    this.names = new PythonNames(target);
    this.#lines = options.lines ? lineResolverOf(target, options.warn) : null;
  }

  /** Source lines added, where they were asked for. Captures wait in the ring meanwhile; the target does not wait. */
  async withLines(batch: readonly Sample[]): Promise<readonly Sample[]> {
    if (this.#lines === null) return batch;
    const stacks = await this.#lines.resolve(batch.map(({ stack }) => stack));
    return batch.map((sample, i) => ({ ...sample, stack: stacks[i] }));
  }

  /** Ends sampling and closes everything. */
  [Symbol.dispose](): void {
    this.#lines?.[Symbol.dispose]();
    this.interpreter[Symbol.dispose]();
    this.target[Symbol.dispose]();
  }
}

/**
 * Whether a process whose memory has gone executes another program. Between two programs it has no mappings; a zombie never
 * has any again, and another process may have got its id.
 */
export async function isExecuting(
  { pid, startTicks }: Pick<Target, "pid" | "startTicks">,
  hasEnded: () => boolean,
): Promise<boolean> {
  for (let look = 0; look < EXEC_LOOKS; look++) {
    const stat = statOf(pid);
    if (hasEnded() || stat === null || stat.state === "Z" || stat.state === "X") return false;
    if (stat.startTicks !== startTicks) return false;
    if (stat.startStack) return true;
    await delay(EXEC_PAUSE_MS);
  }
  return false;
}
