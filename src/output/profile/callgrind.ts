/**
 * The format of callgrind, for KCachegrind: what each line of each function weighs, and its calls.
 * https://valgrind.org/docs/manual/cl-format.html
 * @module
 */

import type { ProfileFormat } from "../format.ts";
import { ROOT } from "./call_tree.ts";
import { functionKey, type ProfileFrame } from "./frames.ts";
import { type ProfileContext, stackProfile, Stacks, Sums } from "./stacks.ts";

/** Costs of a line: samples, and time or memory. */
type Costs = [samples: number, weight: number];

/** A call from a line of a function. */
interface Call {
  readonly line: number;
  readonly callee: ProfileFrame;
  /** How many samples it was in: how often it was called is not known. */
  readonly costs: Costs;
}

/** One function. */
interface Entry {
  readonly frame: ProfileFrame;
  readonly lines: Map<number, Costs>;
  readonly calls: Map<string, Call>;
}

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
      for (const entry of entriesOf(stacks, (node) => [counts.of(node), weights.of(node)])) {
        yield entryText(entry, names);
      }
    },
  });
}

function entriesOf({ tree, frames }: Stacks, self: (node: number) => Costs): Iterable<Entry> {
  const entries = new Map<string, Entry>();
  const entryOf = (frame: ProfileFrame) => {
    const key = functionKey(frame);
    let entry = entries.get(key);
    if (entry === undefined) entries.set(key, entry = { frame, lines: new Map(), calls: new Map() });
    return entry;
  };
  const counts = tree.totals((node) => self(node)[0]);
  const weights = tree.totals((node) => self(node)[1]);
  for (let node = 1; node < tree.size; node++) {
    const parent = tree.parent(node);
    if (parent === ROOT) continue; // a thread
    const frame = frames.all[tree.frame(node)];
    const entry = entryOf(frame);
    add(entry.lines, frame.line, self(node));
    if (tree.parent(parent) === ROOT || isRepeated(tree, node)) continue;
    const caller = frames.all[tree.frame(parent)];
    const { calls } = entryOf(caller);
    const key = `${caller.line} ${functionKey(frame)}`;
    let call = calls.get(key);
    if (call === undefined) calls.set(key, call = { line: caller.line, callee: frame, costs: [0, 0] });
    call.costs[0] += counts[node];
    call.costs[1] += weights[node];
  }
  return entries.values();
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

function add(lines: Map<number, Costs>, line: number, [samples, weight]: Costs): void {
  if (samples === 0) return;
  const known = lines.get(line) ?? [0, 0];
  lines.set(line, [known[0] + samples, known[1] + weight]);
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

function entryText({ frame, lines, calls }: Entry, names: Names): string {
  const text = [`\n${placeText(frame, names, "")}`];
  for (const [line, costs] of lines) text.push(`${line} ${costs.join(" ")}\n`);
  for (const { line, callee, costs } of calls.values()) {
    text.push(placeText(callee, names, "c"), `calls=${costs[0]} ${callee.line}\n${line} ${costs.join(" ")}\n`);
  }
  return text.join("");
}

function placeText({ name, file, module, kind }: ProfileFrame, names: Names, prefix: "" | "c"): string {
  const object = `${prefix}ob=${names.of("ob", module === "" ? `[${kind}]` : module)}\n`;
  const source = `${prefix === "" ? "fl" : "cfi"}=${names.of("fl", file === "" ? "???" : file)}\n`;
  return `${object}${source}${prefix}fn=${names.of("fn", name)}\n`;
}
