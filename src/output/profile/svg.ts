/**
 * A flame graph as a still image: scalable, with what each frame weighs as its tooltip.
 * @module
 */

import type { ProfileFormat } from "../format.ts";
import { counted, timeText } from "../text.ts";
import { type FrameKind, frameText, functionKey, type ProfileFrame } from "./frames.ts";
import { largest } from "./largest.ts";
import { type ProfileContext, stackProfile, Stacks, Sums, type Weight } from "./stacks.ts";
import { processThreadText } from "./threads.ts";

/** In pixels. */
const SIZE = { width: 1200, row: 17, margin: 10, title: 30, letter: 6.7 } as const;
/** What is narrower is left out, in pixels. */
const NARROWEST = 1;
const MOST_NODES = 100_000;
/** How many shades a kind has. */
const SHADES = 5;

const HUES: Readonly<Record<FrameKind, readonly [hue: number, saturation: number]>> = {
  ...{ python: [210, 62], native: [28, 62], kernel: [350, 62], gc: [130, 62], idle: [220, 14], mark: [60, 62] },
  thread: [260, 14],
};

/** A node of what is drawn. */
interface Node {
  readonly name: string;
  readonly title: string;
  readonly kind: FrameKind;
  total: number;
  readonly children: Map<string, Node>;
}

/** SVG. */
export function svgProfile(context: ProfileContext): ProfileFormat {
  const stacks = new Stacks(context, { idle: true });
  const sums = new Sums();
  return stackProfile(stacks, {
    add: ({ node, value }) => sums.add(node, value),
    *end({ weight, samples }) {
      const root = treeOf(stacks, sums);
      const rects = [...boxes(root, weight)];
      const rows = 1 + rects.reduce((most, { depth }) => Math.max(most, depth), 0);
      yield head(rows, `${amount(root.total, weight)} in ${counted(samples, "sample")}`);
      yield* rects.map(({ text }) => text);
      yield "</svg>\n";
    },
  });
}

/** Lines of one function are one here: there is no room for more. */
function treeOf({ tree, frames, threads }: Stacks, sums: Sums): Node {
  const { parents, frames: numbers, values } = largest(tree, (node) => sums.of(node), MOST_NODES);
  const nodes: Node[] = [{ name: "all", title: "all", kind: "thread", total: values[0], children: new Map() }];
  for (let i = 1; i < parents.length; i++) {
    const thread = threads[numbers[i]];
    const frame: ProfileFrame = parents[i] === 0
      ? { ...NO_FRAME, name: processThreadText(thread) }
      : { ...frames.all[numbers[i]], line: 0 };
    const { children } = nodes[parents[i]];
    const kind = parents[i] === 0 ? "thread" : frame.kind;
    const key = functionKey({ ...frame, kind });
    let node = children.get(key);
    if (node === undefined) {
      children.set(key, node = { name: frame.name, title: frameText(frame), kind, total: 0, children: new Map() });
    }
    nodes.push(node);
  }
  for (let i = parents.length - 1; i > 0; i--) {
    // Several nodes may be one here, so each adds what it weighs to all above it.
    for (let at = i; at !== 0; at = parents[at]) nodes[at].total += values[i];
    nodes[0].total += values[i];
  }
  return nodes[0];
}

const NO_FRAME = { kind: "mark", file: "", line: 0, module: "", address: null } as const;

interface Place {
  /** From 0 to 1. */
  readonly left: number;
  readonly depth: number;
  readonly whole: number;
  readonly weight: Weight;
  /** In pixels. */
  readonly width: number;
}

/** All boxes that can be seen; stacks may be deeper than calls here could be. */
function* boxes(root: Node, weight: Weight): Generator<{ depth: number; text: string }> {
  const whole = root.total;
  const left = [{ node: root, left: 0, depth: 0 }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { node, depth } = next;
    const width = (whole === 0 ? 1 : node.total / whole) * (SIZE.width - 2 * SIZE.margin);
    if (width < NARROWEST) continue;
    yield { depth, text: box(node, { left: next.left, depth, whole, weight, width }) };
    let at = next.left;
    for (const child of [...node.children.values()].sort((a, b) => a.name < b.name ? -1 : 1)) {
      left.push({ node: child, left: at, depth: depth + 1 });
      at += whole === 0 ? 0 : child.total / whole;
    }
  }
}

function box(
  { name, title, kind, total }: Node,
  { left, depth, whole, weight, width }: Place,
): string {
  const x = SIZE.margin + left * (SIZE.width - 2 * SIZE.margin);
  const y = SIZE.title + depth * SIZE.row;
  const percent = whole === 0 ? 100 : 100 * total / whole;
  const letters = Math.floor((width - 6) / SIZE.letter);
  const shown = name.length <= letters ? name : letters < 3 ? "" : `${name.slice(0, letters - 1)}…`;
  const text = shown === "" ? "" : `<text x="${fixed(x + 3)}" y="${y + 12}">${escaped(shown)}</text>`;
  return `<g><title>${escaped(title)}, ${amount(total, weight)}, ${percent.toFixed(2)} %</title>` +
    `<rect class="${kind} s${shadeOf(name)}" x="${fixed(x)}" y="${y}" width="${
      fixed(Math.max(width - 0.5, 0.2))
    }" height="16" rx="1.5"/>` +
    `${text}</g>\n`;
}

function head(rows: number, summary: string): string {
  const height = SIZE.title + rows * SIZE.row + SIZE.margin;
  const kinds = Object.entries(HUES);
  const rules = (lightness: number) =>
    kinds.flatMap(([kind, [hue, saturation]]) =>
      Array.from(
        { length: SHADES },
        (_, shade) => `.${kind}.s${shade}{fill:hsl(${hue} ${saturation}% ${lightness + shade * 3}%)}`,
      )
    ).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${height}" role="img" ` +
    `aria-label="Flame graph: ${
      escaped(summary)
    }" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11">\n<style>` +
    `.page{fill:#fff}text{fill:#111;pointer-events:none}${rules(70)}@media (prefers-color-scheme:dark){` +
    `.page{fill:#16181d}text{fill:#f4f4f4}${rules(24)}}</style>\n<rect class="page" width="100%" height="100%"/>\n` +
    `<text x="${SIZE.margin}" y="20" font-size="13">${escaped(summary)}</text>\n`;
}

function amount(value: number, { unit }: Weight): string {
  return unit === "bytes" ? `${value} bytes` : timeText(value);
}

function shadeOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) >>> 0;
  return hash % SHADES;
}

function fixed(value: number): string {
  return value.toFixed(1);
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]);
}
