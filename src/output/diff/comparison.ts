/**
 * Two recordings, function by function and stack by stack.
 * @module
 */

import type { RecordedSample } from "../../types.ts";
import type { MappedFile } from "../format.ts";
import { ROOT } from "../profile/call_tree.ts";
import { functionKey, type ProfileFrame } from "../profile/frames.ts";
import { Stacks, Sums, type Weight } from "../profile/stacks.ts";
import { chanceOf, type Share, Shares } from "./shares.ts";

/** The recording that was there before, or the one that is compared with it. */
export type Side = "before" | "after";

/** So unlikely must a change be by chance alone, over all functions together, to be none of chance. */
const SIGNIFICANT = 0.05;
/** Functions with a smaller share in both are not looked at, so that they do not make the others less sure. */
const LEAST_SHARE = 0.001;

/** What has become of a function. */
export interface Change {
  /** One of its frames. */
  readonly frame: ProfileFrame;
  readonly before: Share;
  readonly after: Share;
  /** How likely such a change is by chance alone, at most; up to 1. */
  readonly chance: number;
  readonly verdict: "grew" | "shrank" | "noise";
}

/** Both recordings. Threads are not told apart, as they have other numbers in another run. */
export class Comparison {
  readonly stacks: Stacks = new Stacks({ threadName: () => null });
  readonly shares: Readonly<Record<Side, Shares>> = { before: new Shares(), after: new Shares() };
  readonly sums: Readonly<Record<Side, Sums>> = { before: new Sums(), after: new Sums() };
  /** The same of names. */
  readonly #ofNames: Readonly<Record<Side, Shares>> = { before: new Shares(), after: new Shares() };
  readonly #names: readonly string[];
  /** Nodes of stacks that are in each. */
  readonly #distinct: Readonly<Record<Side, Set<number>>> = { before: new Set(), after: new Set() };
  readonly #frames: ProfileFrame[] = [];
  /** Functions by key, and of frames by their numbers. */
  readonly #functions = new Map<string, number>();
  readonly #ofFrame: number[] = [];
  readonly #ofStack = new Map<number, readonly number[]>();

  /** `names` are those of the functions that will be asked for by name. */
  constructor(names: readonly string[] = []) {
    this.#names = names;
  }

  /** Says where files are. */
  map(files: readonly MappedFile[]): void {
    this.stacks.frames.map(files);
  }

  /** Adds a sample to one of them. */
  add(side: Side, sample: RecordedSample, weight: Weight): void {
    const { node } = this.stacks.add({ ...sample, pid: 0, tid: "all", interpreter: 0 });
    const value = weight.of(sample);
    const functions = this.#functionsOf(node);
    const innermost = functions.length === 0 ? null : this.#function(this.stacks.tree.frame(node));
    this.sums[side].add(node, value);
    this.#distinct[side].add(node);
    this.shares[side].add(functions, innermost, value);
    if (this.#names.length === 0) return;
    const names = new Set(functions.map((one) => this.#frames[one].name));
    this.#ofNames[side].add(this.#names.flatMap((name, i) => names.has(name) ? [i] : []), null, value);
  }

  /** What has become of each function that is worth a look; the greatest changes first. */
  changes(): Change[] {
    const shown = this.#frames.map((frame, i) => ({
      frame,
      before: this.#share(this.shares, "before", i),
      after: this.#share(this.shares, "after", i),
    }))
      .filter(({ before, after }) => Math.max(before.share, after.share) >= LEAST_SHARE);
    const changes = shown.map((one): Change => {
      // Of many functions, some change by chance: Bonferroni.
      const chance = Math.min(1, chanceOf(one.before, one.after) * shown.length);
      return { ...one, chance, verdict: verdictOf({ ...one, chance }) };
    });
    const apart = ({ before, after }: Change) => Math.abs(after.share - before.share);
    return changes.sort((a, b) => apart(b) - apart(a));
  }

  /**
   * What has become of all functions with one of the names that were given, taken together and looked at alone: wherever
   * their files lay. Null where neither recording has any.
   */
  named(name: string): Change | null {
    const i = this.#names.indexOf(name);
    const frame = this.#frames.find((frame) => frame.name === name);
    if (i < 0 || frame === undefined) return null;
    const [before, after] = [this.#share(this.#ofNames, "before", i), this.#share(this.#ofNames, "after", i)];
    const chance = chanceOf(before, after);
    return { frame, before, after, chance, verdict: verdictOf({ before, after, chance }) };
  }

  /** Text that was added up has each stack once: its order is none of time. */
  #share(shares: Readonly<Record<Side, Shares>>, side: Side, one: number): Share {
    const isOrdered = shares[side].samples > this.#distinct[side].size;
    return shares[side].of(one, { isOrdered });
  }

  /** The functions of a stack, each once. */
  #functionsOf(node: number): readonly number[] {
    const known = this.#ofStack.get(node);
    if (known !== undefined) return known;
    const { tree } = this.stacks;
    const functions = new Set<number>();
    for (let at = node; at !== ROOT && tree.parent(at) !== ROOT; at = tree.parent(at)) {
      functions.add(this.#function(tree.frame(at)));
    }
    this.#ofStack.set(node, [...functions]);
    return [...functions];
  }

  #function(number: number): number {
    const known = this.#ofFrame[number];
    if (known !== undefined) return known;
    const frame = this.stacks.frames.all[number];
    const key = functionKey(frame);
    let one = this.#functions.get(key);
    if (one === undefined) this.#functions.set(key, one = this.#frames.push({ ...frame, line: 0 }) - 1);
    return this.#ofFrame[number] = one;
  }
}

function verdictOf({ before, after, chance }: Pick<Change, "before" | "after" | "chance">): Change["verdict"] {
  if (chance >= SIGNIFICANT) return "noise";
  return after.share > before.share ? "grew" : "shrank";
}
