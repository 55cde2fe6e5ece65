/**
 * Python's names of the threads of one process, by their numbers here.
 * @module
 */

import { readTextOrNull } from "../kernel/proc_file.ts";
import { parseStatus } from "../kernel/status.ts";
import { ThreadNameReader } from "../python/thread_names.ts";
import type { Tid } from "../types.ts";
import type { Target } from "./target.ts";

/** They are read anew no sooner than this after the last time: threads may come by the thousand. */
const PAUSE_MS = 100;

/** Reads the names when it is asked for one, if the last time was some while ago; never stops anything for it. */
export class PythonNames {
  readonly #target: Target;
  readonly #reader: ThreadNameReader;
  /** By the target's own numbers. */
  #names: ReadonlyMap<Tid, string> = new Map();
  #readAt = -Infinity;

  /** Borrows the target. */
  constructor(target: Target) {
    this.#target = target;
    this.#reader = new ThreadNameReader(target.session.read, target.runtime, target);
  }

  /** The name of a thread, or null where it has none that is known. */
  get(tid: Tid): string | null {
    if (performance.now() - this.#readAt >= PAUSE_MS) {
      this.#names = this.#reader.names();
      this.#readAt = performance.now();
    }
    // Most processes are in our own pid namespace, where both numbers are the same.
    const status = readTextOrNull(`/proc/${this.#target.pid}/task/${tid}/status`);
    return this.#names.get(status === null ? tid : parseStatus(status).namespaceTids.at(-1) ?? tid) ?? null;
  }
}
