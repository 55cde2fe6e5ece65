/**
 * When captures pile up: the thread that interprets them is preferred until it has caught up.
 *
 * Beside programs that keep all CPUs busy it gets a share like any of their threads, which is the less the more they
 * are, while what it has to do stays the same. Preferring it costs the programs nothing in all: the work is done sooner,
 * not more of it.
 * @module
 */

import { renice } from "../ffi/priority.ts";
import type { ByteCount } from "../types.ts";

/** What waits when it becomes urgent: a tenth of a second of captures, or two. */
const MUCH: ByteCount = 2 << 20;
/** The scheduler then gives it nine times as much as others. */
const PREFERRED = -10;

/** Prefers the thread that it is asked on, where that is allowed. */
export class Urgency {
  readonly #renice: (by: number) => number;
  /** By how much the niceness was changed. */
  #changed = 0;
  #isRefused = false;

  /** `renice` changes the niceness of this thread, and says by how much it has changed. */
  constructor(change: (by: number) => number = renice) {
    this.#renice = change;
  }

  /** To be told now and then how much waits; nothing ends it. */
  update(waiting: ByteCount): void {
    if (waiting === 0) this.end();
    else if (waiting >= MUCH && this.#changed === 0 && !this.#isRefused) {
      this.#changed = this.#renice(PREFERRED);
      // Most may not: then what is too much is dropped, and counted.
      this.#isRefused = this.#changed === 0;
    }
  }

  /** To be told before a thread or process is started, which would inherit it, and at the end. */
  end(): void {
    if (this.#changed !== 0) this.#renice(-this.#changed);
    this.#changed = 0;
  }
}
