/**
 * SIGQUIT and SIGUSR1: print on standard error what every thread is doing, as `-w` does, and go on.
 * @module
 */

import type { Dump } from "../types.ts";
import { type WhereStyle, whereText } from "../output/where.ts";
import type { Run } from "./engine.ts";
import { messageLine } from "./exit_codes.ts";
import { isColoured, type Platform } from "./platform.ts";
import type { Program } from "./program.ts";

/** How dumps are written, but for the colours, which depend on where they go. */
export type DumpStyle = Omit<WhereStyle, "colour">;

/** Listens for the signals that ask for a dump, until it is disposed. */
export class DumpRequests implements Disposable {
  readonly #listeners: readonly Disposable[];
  readonly #platform: Platform;
  readonly #style: DumpStyle;
  readonly #program: Program;
  #run: Run | null = null;

  /** Dumps will be written in that style. */
  constructor(platform: Platform, { style, program }: { style: DumpStyle; program: Program }) {
    this.#platform = platform;
    this.#style = style;
    this.#program = program;
    this.#listeners = (["SIGQUIT", "SIGUSR1"] as const).map((name) => platform.onSignal(name, () => this.#print()));
  }

  /** From now on it is `run` that is dumped. */
  guard(run: Run): void {
    this.#run = run;
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const listener of this.#listeners) listener[Symbol.dispose]();
  }

  #print(): void {
    const { stderr } = this.#platform;
    const style = { ...this.#style, colour: isColoured(this.#platform, "stderr") };
    const textOf = (dump: Dump) => whereText(dump, { ...style, isChild: dump.pid !== this.#run?.pid });
    const text = this.#run?.dumps().map(textOf).join("") ?? "";
    // Whoever asks is answered, also before the first sample.
    stderr.print(text === "" ? messageLine("no thread has been sampled yet", this.#program) : text);
  }
}
