/**
 * The file format of speedscope: a profile a thread, with its stacks in their order.
 * https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources
 * @module
 */

import type { ProfileFormat } from "../format.ts";
import { placeOf, type ProfileFrame } from "./frames.ts";
import { listed } from "./json.ts";
import { type ProfileContext, stackProfile, Stacks, Timeline, type Weight } from "./stacks.ts";
import { type Thread, threadText } from "./threads.ts";

const SCHEMA = "https://www.speedscope.app/file-format-schema.json";

/** speedscope. */
export function speedscopeProfile(context: ProfileContext): ProfileFormat {
  const stacks = new Stacks(context);
  const timelines: Timeline[] = [];
  return stackProfile(stacks, {
    add({ thread, node, value }) {
      (timelines[thread.index] ??= new Timeline()).add(node, value);
    },
    *end({ weight }) {
      yield `{"$schema":"${SCHEMA}","exporter":"austinp","name":"austinp","activeProfileIndex":0,"shared":{"frames":[`;
      yield* listed(stacks.frames.all.map((frame) => JSON.stringify(described(frame))));
      yield `]},"profiles":[`;
      for (const thread of stacks.threads) {
        if (thread.index > 0) yield ",";
        yield* profile(thread, { timeline: timelines[thread.index], stacks, weight });
      }
      yield "]}\n";
    },
  });
}

function described(frame: ProfileFrame): unknown {
  const { name, line } = frame;
  const place = placeOf(frame);
  return { name, ...(place === "" ? {} : { file: place }), ...(line > 0 ? { line } : {}) };
}

interface Parts {
  readonly timeline: Timeline;
  readonly stacks: Stacks;
  readonly weight: Weight;
}

function* profile(thread: Thread, { timeline, stacks, weight }: Parts): Generator<string> {
  const name = `Process ${thread.pid} thread ${threadText(thread)}`;
  const head = { type: "sampled", name, unit: weight.unit, startValue: 0, endValue: timeline.total };
  yield `${JSON.stringify(head).slice(0, -1)},"samples":[`;
  yield* listed(timeline.runs().map(([node]) => `[${stacks.tree.stack(node)}]`));
  yield `],"weights":[`;
  yield* listed(timeline.runs().map(([, value]) => String(value)));
  yield "]}";
}
