/**
 * Dumps in, JSON out, as docs/where.schema.json has it.
 * @module
 */

import type { Dump, Frame, ThreadDump } from "../types.ts";
import { frameFields } from "./frame_json.ts";

/** What is written of dumps. */
export interface WhereJsonOptions {
  /** Leaves out threads that wait. */
  readonly hideIdle: boolean;
  /** A symbol as people read it; as it is by default. */
  readonly nameOf?: (symbol: string) => string;
}

/** Counted up where a reader of the one before would fail. */
const SCHEMA_VERSION = 1;
const INDENT = 1;

/** The text of dumps, of the process that was asked for and, it may be, of its descendants. */
export function whereJson(dumps: readonly Dump[], options: WhereJsonOptions): string {
  const processes = dumps.map(({ pid, version, stopTime, threads }) => ({
    ...{ pid, python: version, stop_time_us: Math.round(stopTime * 10) / 10 },
    threads: threads.filter(({ idle }) => !(options.hideIdle && idle)).map((thread) => threadFields(thread, options)),
  }));
  return `${JSON.stringify({ schema_version: SCHEMA_VERSION, processes }, null, INDENT)}\n`;
}

function threadFields(thread: ThreadDump, { nameOf = (symbol) => symbol }: WhereJsonOptions): unknown {
  const { tid, name, interpreter, idle, gc, stack: { frames, proof } } = thread;
  return { tid, name, interpreter, idle, gc, proof, frames: frames.map((frame) => named(frame, nameOf)) };
}

/** `name` is there where people read the symbol in another way. */
function named(frame: Frame, nameOf: (symbol: string) => string): unknown {
  const fields = frameFields(frame);
  if (frame.kind !== "native" || !frame.named) return fields;
  const name = nameOf(frame.symbol);
  return name === frame.symbol ? fields : { ...fields, name };
}
