/**
 * The file format of speedscope: a profile a thread, with its stacks in their order.
 * https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources
 * @module
 */

import type { ProfileFormat } from "../format.ts";
import { placeOf, type ProfileFrame } from "./frames.ts";
import { listed } from "./json.ts";
import { type ProfileContext, stackProfile, Stacks, type Weight } from "./stacks.ts";
import { type Thread, threadText } from "./threads.ts";
import { type Run, Timelines } from "./timelines.ts";

const SCHEMA = "https://www.speedscope.app/file-format-schema.json";

/** speedscope. */
export function speedscopeProfile(context: ProfileContext): ProfileFormat {
  const stacks = new Stacks(context);
  const timelines = new Timelines();
  return stackProfile(stacks, {
    add: (sample) => timelines.add(sample),
    warnings: () => timelines.warnings,
    *end({ weight }) {
      yield `{"$schema":"${SCHEMA}","exporter":"austinp","name":"austinp","activeProfileIndex":0,"shared":{"frames":[`;
      yield* listed(stacks.frames.all.map((frame) => JSON.stringify(described(frame))));
      yield `]},"profiles":[`;
      const { tree, threads } = stacks;
      const { nodes } = tree.byThread(threads.length);
      for (const thread of threads) {
        if (thread.index > 0) yield ",";
        yield* profile(thread, { runs: () => timelines.runs(thread, nodes[thread.index]), stacks, weight });
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
  runs(): Generator<Run>;
  readonly stacks: Stacks;
  readonly weight: Weight;
}

function* profile(thread: Thread, { runs, stacks, weight }: Parts): Generator<string> {
  const name = `Process ${thread.pid} thread ${threadText(thread)}`;
  const head = {
    type: "sampled",
    name,
    unit: weight.unit,
    startValue: 0,
    endValue: runs().reduce((sum, [, value]) => sum + value, 0),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"samples":[`;
  yield* listed(runs().map(([node]) => `[${stacks.tree.stack(node)}]`));
  yield `],"weights":[`;
  yield* listed(runs().map(([, value]) => String(value)));
  yield "]}";
}
