/**
 * What each function's share of a recording is, and how sure that is.
 *
 * A share is a ratio: the weight of the samples with the function in their stacks to that of all. Its variance is told in
 * two ways, and the greater one counts. By samples, as if each were drawn by itself; a line that stands for many samples
 * weighs as much as these, which errs on the side of noise. And by blocks of samples that follow each other, since what a
 * program does now it mostly goes on with: samples of one phase do not tell of the next. (Cochran, Sampling Techniques,
 * 2.11 "ratio estimate"; 9A "cluster sampling".)
 * @module
 */

import { Sums } from "../profile/stacks.ts";

/** Blocks are made twice as long when there would be more. */
const MOST_BLOCKS = 64;
/** Of fewer the variance cannot be told. */
const LEAST_BLOCKS = 16;

/** A share, from 0 to 1, and the variance of it. */
export interface Share {
  readonly share: number;
  readonly variance: number;
  /** Of the samples in which it was innermost. */
  readonly self: number;
}

/** The shares of one recording; functions go by number. */
export class Shares {
  readonly #totals = new Sums();
  readonly #selves = new Sums();
  readonly #squares = new Sums();
  readonly #blocks: Float64Array[] = [];
  readonly #blockWeights = new Float64Array(MOST_BLOCKS);
  #blockLength = 1;
  #samples = 0;
  #weight = 0;
  #square = 0;

  /** What all samples weigh. */
  get weight(): number {
    return this.#weight;
  }

  /** How many samples there are. */
  get samples(): number {
    return this.#samples;
  }

  /** Adds a sample: each function of its stack once, and the innermost of them. */
  add(functions: readonly number[], innermost: number | null, weight: number): void {
    let block = Math.floor(this.#samples / this.#blockLength);
    if (block === MOST_BLOCKS) {
      this.#mergeBlocks();
      block = MOST_BLOCKS / 2;
    }
    this.#samples++;
    this.#weight += weight;
    this.#square += weight ** 2;
    this.#blockWeights[block] += weight;
    if (innermost !== null) this.#selves.add(innermost, weight);
    for (const one of functions) {
      this.#totals.add(one, weight);
      this.#squares.add(one, weight ** 2);
      (this.#blocks[one] ??= new Float64Array(MOST_BLOCKS))[block] += weight;
    }
  }

  /** The share of a function; `isOrdered` where samples that follow each other were taken one after the other. */
  of(one: number, { isOrdered }: { isOrdered: boolean }): Share {
    if (this.#weight === 0) return { share: 0, variance: 0, self: 0 };
    const share = this.#totals.of(one) / this.#weight;
    const bySamples = ((1 - 2 * share) * this.#squares.of(one) + share ** 2 * this.#square) / this.#weight ** 2;
    const byBlocks = isOrdered ? this.#blockVariance(one, share) : 0;
    return { share, variance: Math.max(bySamples, byBlocks), self: this.#selves.of(one) / this.#weight };
  }

  #blockVariance(one: number, share: number): number {
    const count = Math.ceil(this.#samples / this.#blockLength);
    if (count < LEAST_BLOCKS) return 0;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += ((this.#blocks[one]?.[i] ?? 0) - share * this.#blockWeights[i]) ** 2;
    return count / (count - 1) * sum / this.#weight ** 2;
  }

  #mergeBlocks(): void {
    for (const values of [this.#blockWeights, ...this.#blocks.filter((one) => one !== undefined)]) {
      for (let i = 0; i < MOST_BLOCKS / 2; i++) values[i] = values[2 * i] + values[2 * i + 1];
      values.fill(0, MOST_BLOCKS / 2);
    }
    this.#blockLength *= 2;
  }
}

/** How likely two shares that are one would be seen so far apart, or further: normal, two-sided. */
export function chanceOf(before: Share, after: Share): number {
  const apart = Math.abs(after.share - before.share);
  if (apart === 0) return 1;
  const deviation = Math.sqrt(before.variance + after.variance);
  return deviation === 0 ? 0 : erfc(apart / deviation / Math.SQRT2);
}

/** Abramowitz and Stegun, 7.1.26; the error is below 1.5e-7. */
function erfc(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sum * Math.exp(-(x ** 2));
}
