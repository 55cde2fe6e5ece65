/**
 * Dumps in, JSON out, as docs/where.schema.json has it.
 * @module
 */

import type { Dump, Frame, TaskActivity, ThreadDump } from "../types.ts";
import { frameFields } from "./frame_json.ts";
import { printableJson } from "./text.ts";

/** What is written of dumps. */
export interface WhereJsonOptions {
  /** Leaves out threads that wait. */
  readonly hideIdle: boolean;
  /** A symbol as people read it; as it is by default. */
  readonly nameOf?: (symbol: string) => string;
  /** Writes all of it in one line. */
  readonly isLine?: boolean;
}

/** Counted up where a reader of the one before would fail. */
const SCHEMA_VERSION = 2;
const INDENT = 1;

/** The text of dumps, of the process that was asked for and, it may be, of its descendants, which are put into it. */
export function whereJson(dumps: readonly Dump[], options: WhereJsonOptions): string {
  const outermost = dumps.filter(({ parent }) => parent === undefined);
  const processes = outermost.map((dump) => processFields(dump, { ...options, dumps }));
  const json = JSON.stringify({ schema_version: SCHEMA_VERSION, processes }, null, options.isLine ? 0 : INDENT);
  return `${printableJson(json)}\n`;
}

/** A process has another parent than itself, so this ends. */
function processFields(dump: Dump, options: WhereJsonOptions & { dumps: readonly Dump[] }): unknown {
  const { pid, version, stopTime, time, threads } = dump;
  const { hideIdle, dumps } = options;
  const children = dumps.filter(({ parent }) => parent === pid);
  return {
    ...{ pid, python: version, stop_time_us: Math.round(stopTime * 10) / 10 },
    ...(time === undefined ? {} : { time: new Date(time).toISOString() }),
    threads: threads.filter(({ idle }) => !(hideIdle && idle)).map((thread) => threadFields(thread, dump, options)),
    children: children.map((child) => processFields(child, options)),
  };
}

function threadFields(
  thread: ThreadDump,
  { buildIds }: Dump,
  { nameOf = (symbol) => symbol }: WhereJsonOptions,
): unknown {
  const { tid, name, pythonName, interpreter, idle, gc, activity, stack: { frames, proof } } = thread;
  return {
    ...{ tid, name, ...(pythonName === undefined ? {} : { python_name: pythonName }), interpreter, idle, gc },
    ...(activity === undefined ? {} : activityFields(activity)),
    ...{ proof, frames: frames.map((frame) => described(frame, { nameOf, buildIds })) },
  };
}

function activityFields({ state, systemCall, waitChannel }: TaskActivity): Record<string, unknown> {
  return { state, system_call: systemCall, wait_channel: waitChannel };
}

interface Described {
  nameOf(symbol: string): string;
  readonly buildIds: Dump["buildIds"];
}

/** `name` is there where people read the symbol in another way. */
function described(frame: Frame, { nameOf, buildIds }: Described): unknown {
  const fields = frameFields(frame);
  if (frame.kind !== "native") return fields;
  const buildId = buildIds?.get(frame.module);
  const name = frame.named ? nameOf(frame.symbol) : frame.symbol;
  return {
    ...fields,
    ...(buildId === undefined ? {} : { build_id: buildId }),
    ...(name === frame.symbol ? {} : { name }),
  };
}
