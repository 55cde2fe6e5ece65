/**
 * Where one file's code was mapped in the place of another's lately, as programs do that load and unload plugins. Stacks
 * are interpreted some time after they were captured, and mappings are read now and then: which of the two files a stack
 * of that time went through cannot be told, so that its frames there must get neither's names or unwind tables.
 * @module
 */

import { RangeMap } from "../range_map.ts";
import type { Address, Microseconds } from "../types.ts";

/** A place that stays the same for so long is trusted again. */
const TRUST_PAUSE: Microseconds = 10_000_000;
/** What is no longer mapped is remembered for so long, ... */
const MEMORY: Microseconds = 60_000_000;
/** ... this many of them at most: the newest. */
const REMEMBERED_MAX = 1024;

/** A file at a place. */
export interface Placed {
  readonly start: Address;
  readonly end: Address;
  /** Tells files apart. */
  readonly elf: object;
}

interface Timed extends Placed {
  readonly until: Microseconds;
}

/** Watches what is mapped where. */
export class ReusedRanges {
  #current: readonly Placed[] = [];
  #gone: readonly Timed[] = [];
  #reused: readonly Timed[] = [];
  #ranges = new RangeMap<null>([]);

  /** Takes what is mapped now. Returns whether `has` answers otherwise than before. */
  update(current: readonly Placed[], now: Microseconds): boolean {
    const expired = this.#reused.length > 0 && this.#reused.some(({ until }) => until <= now);
    if (current === this.#current && !expired) return false;
    const before = this.#ranges;
    const reused = this.#reused.filter(({ until }) => until > now);
    if (current !== this.#current) reused.push(...this.#replaced(current, now));
    this.#reused = reused;
    this.#ranges = new RangeMap(reused.map(({ start, end }) => ({ start, end, value: null })));
    return before.ranges.length > 0 || this.#ranges.ranges.length > 0;
  }

  /** Whether two files had code at `address` lately. */
  has(address: Address): boolean {
    return this.#ranges.find(address) !== null;
  }

  /** Whether they had within [start, end). */
  overlaps({ start, end }: { readonly start: Address; readonly end: Address }): boolean {
    return this.#reused.some((range) => range.start < end && start < range.end);
  }

  /** Places that are held by another file than before. */
  #replaced(current: readonly Placed[], now: Microseconds): Timed[] {
    const left = without(this.#current, current).map(({ start, end, elf }) => ({
      start,
      end,
      elf,
      until: now + MEMORY,
    }));
    const fresh = without(current, this.#current);
    this.#current = current;
    this.#gone = [...left, ...this.#gone].filter(({ until }) => until > now).slice(0, REMEMBERED_MAX);
    return fresh.flatMap(({ start, end, elf }) => {
      const earlier = this.#gone.filter((placed) => placed.elf !== elf && placed.start < end && start < placed.end);
      if (earlier.length === 0) return [];
      const low = Math.min(start, ...earlier.map((placed) => placed.start));
      const high = Math.max(end, ...earlier.map((placed) => placed.end));
      return [{ start: low, end: high, elf, until: now + TRUST_PAUSE }];
    });
  }
}

/** Those of `some` that are not among `others`; in neither do any overlap. */
function without(some: readonly Placed[], others: readonly Placed[]): Placed[] {
  const byStart = new Map(others.map((placed) => [placed.start, placed]));
  return some.filter(({ start, end, elf }) => {
    const other = byStart.get(start);
    return other?.end !== end || other.elf !== elf;
  });
}
