/**
 * What is fuzzed: something of this program that reads what others wrote, which may be broken or mean harm.
 * @module
 */

import type { Random } from "./random.ts";

/** One kind of input. */
export interface FuzzKind {
  /** What `deno task fuzz` calls it. */
  readonly name: string;
  /**
   * Damages so many inputs and reads them. The same numbers give the same damage. Returns what came of it.
   * @throws where a case goes wrong; the message says which damage it was
   */
  run(cases: number, random: Random): Promise<Outcomes | string>;
}

/** Counts what comes of cases. */
export class Outcomes {
  readonly #counts = new Map<string, number>();

  /** Adds one, or some. */
  add(outcome: string, count = 1): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + count);
  }

  /** How often it came to that. */
  count(outcome: string): number {
    return this.#counts.get(outcome) ?? 0;
  }

  /** As `3 refused, 2 whole`. */
  toString(): string {
    return [...this.#counts].sort().map(([outcome, count]) => `${count} ${outcome}`).join(", ");
  }
}

/** A kind that counts what comes of its cases. */
export interface CountedKind extends FuzzKind {
  run(cases: number, random: Random): Promise<Outcomes>;
}
