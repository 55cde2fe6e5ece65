/**
 * SIGINT, SIGTERM and SIGHUP: the first ends the run in an orderly way, the second ends the program.
 * @module
 */

import { EXIT_SIGNAL } from "./exit_codes.ts";
import type { Run } from "./engine.ts";
import type { EndingSignal, Platform } from "./platform.ts";

const ENDING: readonly EndingSignal[] = ["SIGHUP", "SIGINT", "SIGTERM"];

/** Listens for the signals that end a run, until it is disposed. */
export class Interruption implements Disposable {
  readonly #listeners: readonly Disposable[];
  readonly #abandon = Promise.withResolvers<number>();
  readonly #beforeRun = new AbortController();
  #run: Run | null = null;
  #received: EndingSignal | null = null;

  constructor(platform: Pick<Platform, "onSignal" | "ignoresSignal">) {
    // Whoever starts us by nohup wants us to outlive the terminal. The other two are sent on purpose.
    const names = platform.ignoresSignal("SIGHUP") ? ENDING.filter((name) => name !== "SIGHUP") : ENDING;
    this.#listeners = names.map((name) => platform.onSignal(name, () => this.#receive(name)));
  }

  /** Resolves with an exit code when the program is to end at once: at a second signal, or one with no run to end. */
  get abandoned(): Promise<number> {
    return this.#abandon.promise;
  }

  /** Aborted with the signal's name by one that comes before there is a run. */
  get beforeRun(): AbortSignal {
    return this.#beforeRun.signal;
  }

  /** The first signal, once it has come. */
  get received(): EndingSignal | null {
    return this.#received;
  }

  /** From now on the first signal stops `run`; null says that there is none any more. */
  guard(run: Run | null): void {
    this.#run = run;
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const listener of this.#listeners) listener[Symbol.dispose]();
  }

  #receive(name: EndingSignal): void {
    const isFirst = this.#received === null;
    this.#received ??= name;
    this.#run?.stop();
    if (isFirst && this.#run !== null) return;
    // Whoever waits for the run passes the first signal on; that may be what hangs.
    if (this.#run === null) this.#beforeRun.abort(name);
    else this.#run.signal(name);
    this.#abandon.resolve(EXIT_SIGNAL[this.#received]);
  }
}
