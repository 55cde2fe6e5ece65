/**
 * A flame graph as one HTML file, which needs nothing else: the stacks as JSON, and the viewer of `viewer/`.
 * @module
 */

import type { ProfileFormat } from "../format.ts";
import { FRAME_KINDS, type ProfileFrame } from "./frames.ts";
import { listed } from "./json.ts";
import { type About, type ProfileContext, stackProfile, Stacks, Sums } from "./stacks.ts";
import { threadText } from "./threads.ts";
import { readViewer } from "./viewer.ts";
import { type Kept, largest } from "./largest.ts";

/** More than that no browser shows at ease. */
export const MOST_NODES = 200_000;

/** A flame graph. */
export function flamegraphProfile(context: ProfileContext): ProfileFormat {
  const stacks = new Stacks(context, { idle: true });
  const sums = new Sums();
  return stackProfile(stacks, {
    add: ({ node, value }) => sums.add(node, value),
    end(about) {
      return page(stacks, about, largest(stacks.tree, (node) => sums.of(node), MOST_NODES));
    },
  });
}

/** The page of a tree; `before` has what each of its nodes weighed in an earlier recording, where there is one. */
export function* page(
  stacks: Stacks,
  { weight, ...about }: About,
  { before, ...kept }: Kept & { before?: readonly number[] },
): Generator<string> {
  const [head, tail] = readViewer().split('"{{profile}}"');
  yield head;
  yield inScript(JSON.stringify({ ...about, unit: weight.unit, kinds: FRAME_KINDS, left: kept.left }).slice(0, -1));
  yield* lists(stacks, kept, before);
  yield "}";
  yield tail;
}

function* lists(
  { threads, frames }: Stacks,
  { parents, frames: numbers, values }: Kept,
  before?: readonly number[],
): Generator<string> {
  yield `,"threads":${
    inScript(JSON.stringify(threads.map((thread) => ({ pid: thread.pid, name: threadText(thread) }))))
  }`;
  yield ',"frames":[';
  yield* listed(frames.all.map((frame) => inScript(JSON.stringify(row(frame)))));
  for (
    const [name, list] of Object.entries({
      parents,
      nodes: numbers,
      values,
      ...(before === undefined ? {} : { before }),
    })
  ) {
    yield `],"${name}":[`;
    yield* listed(Array.from(list, String));
  }
  yield "]";
}

function row({ kind, name, file, line, module }: ProfileFrame): unknown {
  return [FRAME_KINDS.indexOf(kind), name, file, line, module];
}

/** Nothing in a name may end the script that the data is in. */
function inScript(json: string): string {
  return json.replace(/</g, "\\u003c");
}
