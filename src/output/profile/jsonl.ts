/**
 * JSON, one sample a line, for scripts: as much of it as is known, and nothing put together.
 * @module
 */

import type { Frame, RecordedSample } from "../../types.ts";
import { frameFields } from "../frame_json.ts";
import type { ProfileFormat, ProfileHeader } from "../format.ts";
import { measuresMemory, tellsIdle } from "../metadata.ts";
import { printableJson } from "../text.ts";
import type { ProfileContext } from "./stacks.ts";
import { ThreadTable } from "./threads.ts";

/** https://jsonlines.org */
export function jsonlProfile(context: ProfileContext): ProfileFormat {
  let threads = new ThreadTable(context);
  const rendered = new WeakMap<Frame, string>();
  function frameJson(frame: Frame): string {
    let text = rendered.get(frame);
    if (text === undefined) rendered.set(frame, text = printableJson(JSON.stringify(frameFields(frame))));
    return text;
  }
  let hasMemory = false;
  let knowsIdle = true;
  return {
    header({ mode }: ProfileHeader): string {
      knowsIdle = !context.isRecorded || tellsIdle(mode);
      hasMemory = measuresMemory(mode);
      return "";
    },
    mappings() {},
    sample(sample: RecordedSample): string {
      const { pid, tid, interpreter, time, memory, idle, gc, stack } = sample;
      // Only their names are wanted here, which can be asked for again.
      if (threads.isFull) threads = new ThreadTable(context);
      const { systemName, pythonName } = threads.next(sample);
      const fields = {
        ...{
          pid,
          tid,
          thread: systemName,
          ...(pythonName === null ? {} : { python_thread: pythonName }),
          interpreter,
          time_us: Math.round(time),
        },
        ...(hasMemory ? { memory_bytes: memory } : {}),
        ...{ idle: knowsIdle ? idle : null, gc, flaw: stack.proof.flaw },
      };
      return `${printableJson(JSON.stringify(fields)).slice(0, -1)},"frames":[${
        stack.frames.map(frameJson).join(",")
      }]}\n`;
    },
    end: () => [],
  };
}
