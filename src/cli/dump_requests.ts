/**
 * SIGQUIT and SIGUSR1: print on standard error what every thread is doing, as `-w` does, and go on.
 * @module
 */

import { whereText } from "../output/where.ts";
import type { Run } from "./engine.ts";
import { messageLine } from "./exit_codes.ts";
import { isColoured, type Platform } from "./platform.ts";
import type { Program } from "./program.ts";

/** Listens for the signals that ask for a dump, until it is disposed. */
export class DumpRequests implements Disposable {
  readonly #listeners: readonly Disposable[];
  readonly #platform: Platform;
  readonly #hideIdle: boolean;
  readonly #program: Program;
  #run: Run | null = null;

  /** `hideIdle` leaves out threads that wait. */
  constructor(platform: Platform, { hideIdle, program }: { hideIdle: boolean; program: Program }) {
    this.#platform = platform;
    this.#hideIdle = hideIdle;
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
    const style = { colour: isColoured(this.#platform, "stderr"), hideIdle: this.#hideIdle };
    const text = this.#run?.dumps().map((dump) => whereText(dump, style)).join("") ?? "";
    // Whoever asks is answered, also before the first sample.
    stderr.print(text === "" ? messageLine("no thread has been sampled yet", this.#program) : text);
  }
}
