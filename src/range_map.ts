/**
 * Sorted, non-overlapping address ranges, each with a value, looked up by binary search.
 * @module
 */

import type { Address } from "./types.ts";

/** A half-open range [start, end) and what it stands for. */
export interface Range<T> {
  readonly start: Address;
  readonly end: Address;
  readonly value: T;
}

/** Finds the value whose range holds an address. */
export class RangeMap<T> {
  readonly #ranges: readonly Range<T>[];

  /** Of overlapping ranges the one that starts lower wins; empty ranges are dropped. */
  constructor(ranges: Iterable<Range<T>>) {
    const sorted = [...ranges].filter((range) => range.end > range.start).sort((a, b) => a.start - b.start);
    const kept: Range<T>[] = [];
    for (const range of sorted) {
      const last = kept.at(-1);
      if (last === undefined || range.start >= last.end) kept.push(range);
    }
    this.#ranges = kept;
  }

  /** The ranges, ascending. */
  get ranges(): readonly Range<T>[] {
    return this.#ranges;
  }

  /** The range that holds `address`, or null. */
  find(address: Address): Range<T> | null {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle].end <= address) low = middle + 1;
      else high = middle;
    }
    const range = this.#ranges[low];
    return range !== undefined && range.start <= address ? range : null;
  }
}
