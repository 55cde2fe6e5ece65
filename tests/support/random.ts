/**
 * Numbers for tests that generate what they test with.
 * @module
 */

/** The same numbers in every run, by seed: https://prng.di.unimi.it/splitmix64.c with 32 bits. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, but without, `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) % limit;
  }

  /** One of several. */
  pick<T>(all: readonly T[]): T {
    return all[this.below(all.length)];
  }

  /** Any 64-bit word. */
  word(): bigint {
    return BigInt(this.below(2 ** 32)) << 32n | BigInt(this.below(2 ** 32));
  }

  /** A word as it harms, given one that is right and others that are around. */
  badWord(right: bigint, around: () => bigint): bigint {
    const near = right + BigInt(this.below(64) - 32);
    const choices = [
      0n,
      1n,
      4096n,
      -1n,
      2n ** 60n,
      2n ** 47n - 8n,
      2n ** 63n,
      0xffffffffn,
      near,
      near * 8n,
      this.word(),
    ];
    return BigInt.asUintN(64, this.below(2) === 0 ? around() : this.pick(choices));
  }
}
