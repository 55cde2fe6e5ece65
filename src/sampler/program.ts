/**
 * One program that a process executes, being sampled; after an exec there is another.
 * @module
 */

import type { Sample } from "../types.ts";
import type { LineResolver } from "../unwind/lines/line_resolver.ts";
import { Interpreter } from "./interpreter.ts";
import { lineResolverOf } from "./lines.ts";
import { PythonNames } from "./python_names.ts";
import type { RunOptions } from "./run_options.ts";
import type { Target } from "./target.ts";

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
