/**
 * The format of callgrind, for KCachegrind: what each line of each function weighs, and its calls.
 * https://valgrind.org/docs/manual/cl-format.html
 * @module
 */

import type { ProfileFormat } from "../format.ts";
import { ROOT } from "./call_tree.ts";
import { functionKey, type ProfileFrame } from "./frames.ts";
import { type ProfileContext, stackProfile, Stacks, Sums } from "./stacks.ts";

/** callgrind. */
export function callgrindProfile(context: ProfileContext): ProfileFormat {
  const stacks = new Stacks(context, { addsUp: true });
  const [counts, weights] = [new Sums(), new Sums()];
  return stackProfile(stacks, {
    add({ node, value }) {
      counts.add(node, 1);
      weights.add(node, value);
    },
    *end({ weight }) {
      const event = weight.unit === "bytes" ? ["Bytes", "memory in bytes"] : ["Time", "time in us"];
      yield `# callgrind format\nversion: 1\ncreator: austinp\npositions: line\n` +
        `event: Samples : samples\nevent: ${event[0]} : ${event[1]}\nevents: Samples ${event[0]}\n`;
      const names = new Names();
      for (const entry of entriesOf(stacks, { counts, weights })) yield entryText(entry, names);
    },
  });
}

/** What samples weigh by node of the tree: their number, and time or memory. */
interface Weighed {
  readonly counts: Sums;
  readonly weights: Sums;
}

/** Costs of a line, of a function or of what it calls there. */
interface Costs {
  readonly line: number;
  /** Absent in what the function weighs by itself. */
  readonly callee?: ProfileFrame;
  samples: number;
  weight: number;
}

/** One function, with one of its frames. */
interface Entry {
  readonly frame: ProfileFrame;
  readonly costs: readonly Costs[];
}

/**
 * One function after the other. There may be as many calls as nodes, so that these are sorted, by what they belong to, rather
 * than kept in maps.
 */
function* entriesOf(stacks: Stacks, { counts, weights }: Weighed): Generator<Entry> {
  const { tree, frames } = stacks;
  const functionOf = functionsOf(frames.all);
  const frameOf = (node: number) => frames.all[tree.frame(node)];
  const callee = (node: number) => functionOf[tree.frame(node)];
  const caller = (node: number) => callee(tree.parent(node));
  const lines = (node: number) => frameOf(node).line;
  const lineOfCall = (node: number) => frameOf(tree.parent(node)).line;
  const own = sorted(nodesOf(stacks, (node) => counts.of(node) !== 0), callee, lines);
  const calls = sorted(nodesOf(stacks, (node) => isCall(stacks, node)), caller, lineOfCall, callee);
  const totals = [counts, weights].map((sums) => tree.totals((node) => sums.of(node)));
  let [nextOwn, nextCall] = [0, 0];
  for (const [frameNumber, frame] of frames.all.entries()) {
    const number = functionOf[frameNumber];
    const costs: Costs[] = [];
    for (; nextOwn < own.length && callee(own[nextOwn]) === number; nextOwn++) {
      const node = own[nextOwn];
      add(costs, { line: lines(node), samples: counts.of(node), weight: weights.of(node) });
    }
    for (; nextCall < calls.length && caller(calls[nextCall]) === number; nextCall++) {
      const node = calls[nextCall];
      const [samples, weight] = [totals[0][node], totals[1][node]];
      const known = costs.at(-1)?.callee;
      const isSame = known !== undefined && functionKey(known) === functionKey(frameOf(node));
      add(costs, { line: lineOfCall(node), callee: isSame ? known : frameOf(node), samples, weight });
    }
    if (costs.length > 0) yield { frame, costs };
  }
}

/** Of each frame, the number of the first one of the same function. */
function functionsOf(frames: readonly ProfileFrame[]): Uint32Array {
  const known = new Map<string, number>();
  return Uint32Array.from(frames, (frame, i) => {
    const key = functionKey(frame);
    const first = known.get(key) ?? i;
    known.set(key, first);
    return first;
  });
}

/** The nodes, threads left out, that something is true of. */
function nodesOf({ tree }: Stacks, isWanted: (node: number) => boolean): Uint32Array {
  const nodes = new Uint32Array(tree.size);
  let size = 0;
  for (let node = 1; node < tree.size; node++) {
    if (tree.parent(node) !== ROOT && isWanted(node)) nodes[size++] = node;
  }
  return nodes.subarray(0, size);
}

/** By the first number that tells two apart; as they were where none does. */
function sorted(nodes: Uint32Array, ...numbers: readonly ((node: number) => number)[]): Uint32Array {
  return nodes.sort((a, b) => {
    for (const number of numbers) if (number(a) !== number(b)) return number(a) - number(b);
    return a - b;
  });
}

/** Adds to the last costs, where these are of the same line and callee. */
function add(all: Costs[], costs: Costs): void {
  const last = all.at(-1);
  if (last === undefined || last.line !== costs.line || last.callee !== costs.callee) {
    all.push(costs);
    return;
  }
  last.samples += costs.samples;
  last.weight += costs.weight;
}

/** Whether a node is a call that is told of here, by a function and not by a thread. */
function isCall({ tree }: Stacks, node: number): boolean {
  return tree.parent(tree.parent(node)) !== ROOT && !isRepeated(tree, node);
}

/** Whether the same call is further out on the stack too: what it weighs has been told of there. */
function isRepeated(tree: Stacks["tree"], node: number): boolean {
  const [frame, caller] = [tree.frame(node), tree.frame(tree.parent(node))];
  for (let at = tree.parent(node); tree.parent(at) !== ROOT && tree.parent(tree.parent(at)) !== ROOT;) {
    if (tree.frame(at) === frame && tree.frame(tree.parent(at)) === caller) return true;
    at = tree.parent(at);
  }
  return false;
}

/** Names are written once, and then go by their numbers. */
class Names {
  readonly #known = new Map<string, number>();

  /** `space` keeps the numbers of files, functions and objects apart. */
  of(space: string, name: string): string {
    const key = `${space}${name}`;
    const number = this.#known.get(key);
    if (number !== undefined) return `(${number})`;
    this.#known.set(key, this.#known.size + 1);
    return `(${this.#known.size}) ${name}`;
  }
}

function entryText({ frame, costs }: Entry, names: Names): string {
  const text = [`\n${placeText(frame, names, "")}`];
  for (const { line, callee, samples, weight } of costs) {
    // How often it was called is not known, but in how many samples it was.
    if (callee !== undefined) text.push(placeText(callee, names, "c"), `calls=${samples} ${callee.line}\n`);
    text.push(`${line} ${samples} ${weight}\n`);
  }
  return text.join("");
}

function placeText({ name, file, module, kind }: ProfileFrame, names: Names, prefix: "" | "c"): string {
  const object = `${prefix}ob=${names.of("ob", module === "" ? `[${kind}]` : module)}\n`;
  const source = `${prefix === "" ? "fl" : "cfi"}=${names.of("fl", file === "" ? "???" : file)}\n`;
  return `${object}${source}${prefix}fn=${names.of("fn", name)}\n`;
}
