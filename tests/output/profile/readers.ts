/**
 * Reads each format back, by what its own specification says, into what every function weighs.
 * @module
 */

import { gunzipSync } from "node:zlib";
import { fieldsOf, packed } from "../../support/protobuf.ts";

/** A stack, outermost first, with its weight. */
export type Weighed = readonly [stack: readonly string[], weight: number];

/** By function: what it weighs with all that it called, each stack once; and by itself. */
export type Totals = Record<string, readonly [total: number, self: number]>;

/** Sums up. Functions whose names are in parentheses are none. */
export function totalsOf(weighed: Iterable<Weighed>): Totals {
  const sums = new Map<string, [number, number]>();
  const add = (name: string, total: number, self: number) => {
    const sum = sums.get(name) ?? [0, 0];
    sums.set(name, [sum[0] + total, sum[1] + self]);
  };
  for (const [stack, weight] of weighed) {
    const functions = stack.filter((name) => !name.startsWith("("));
    for (const name of new Set(functions)) add(name, weight, 0);
    if (functions.length > 0) add(functions.at(-1)!, 0, weight);
  }
  return Object.fromEntries([...sums].filter(([, [total]]) => total !== 0).sort(([a], [b]) => a < b ? -1 : 1));
}

// deno-lint-ignore no-explicit-any
type Json = any;

function jsonOf(bytes: Uint8Array): Json {
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** One reader a format. */
export const READERS: Readonly<Record<string, (bytes: Uint8Array) => Iterable<Weighed>>> = {
  *jsonl(bytes) {
    for (const line of new TextDecoder().decode(bytes).trimEnd().split("\n")) {
      const sample = JSON.parse(line);
      yield [sample.frames.map((frame: Json) => frame.function ?? "(mark)"), sample.time_us];
    }
  },
  *speedscope(bytes) {
    const { shared: { frames }, profiles } = jsonOf(bytes);
    for (const { samples, weights } of profiles) {
      for (let i = 0; i < samples.length; i++) {
        yield [samples[i].map((frame: number) => frames[frame].name), weights[i]];
      }
    }
  },
  *flamegraph(bytes) {
    const page = new TextDecoder().decode(bytes);
    const { frames, parents, nodes, values } = JSON.parse(/ id="profile">(.*?)<\/script>/s.exec(page)![1]);
    for (let i = 1; i < parents.length; i++) {
      const stack: string[] = [];
      for (let at = i; parents[at] !== 0; at = parents[at]) stack.unshift(frames[nodes[at]][1]);
      yield [stack, values[i]];
    }
  },
  *pprof(bytes) {
    const fields = fieldsOf(gunzipSync(bytes));
    const all = (number: number) => fields.filter((field) => field.number === number).map((field) => field.bytes);
    const strings = all(6).map((text) => new TextDecoder().decode(text));
    const first = (message: Uint8Array, number: number) => fieldsOf(message).find((field) => field.number === number);
    const types = all(1).map((type) => strings[first(type, 1)!.integer]);
    const functions = new Map(all(5).map((one) => [first(one, 1)!.integer, strings[first(one, 2)!.integer]]));
    const locations = new Map(
      all(4).map((one) => [first(one, 1)!.integer, functions.get(first(first(one, 4)!.bytes, 1)!.integer)!]),
    );
    for (const sample of all(2)) {
      const stack = packed(first(sample, 1)?.bytes ?? new Uint8Array()).map((id) => locations.get(id)!).reverse();
      yield [stack, packed(first(sample, 2)!.bytes)[types.indexOf("wall")]];
    }
  },
  *gecko(bytes) {
    for (const { samples, stackTable, frameTable, funcTable, stringArray } of jsonOf(bytes).threads) {
      for (let i = 0; i < samples.length; i++) {
        const stack: string[] = [];
        for (let at = samples.stack[i]; at !== null; at = stackTable.prefix[at]) {
          stack.unshift(stringArray[funcTable.name[frameTable.func[stackTable.frame[at]]]]);
        }
        yield [stack, Math.round(samples.weight[i] * 1000)];
      }
    }
  },
  *chrome(bytes) {
    const events = jsonOf(bytes).map((event: Json, order: number) => ({ ...event, order }));
    const calls = events.filter(({ ph }: Json) => ph === "X");
    for (const key of new Set(calls.map(({ pid, tid }: Json) => `${pid} ${tid}`))) {
      const track = calls.filter(({ pid, tid }: Json) => `${pid} ${tid}` === key);
      // Of calls that begin and end together the outermost comes first.
      track.sort((a: Json, b: Json) => a.ts - b.ts || b.dur - a.dur || a.order - b.order);
      const open: { name: string; end: number; self: number }[] = [];
      const close = (time: number): Weighed[] => {
        const closed: Weighed[] = [];
        while (open.length > 0 && open.at(-1)!.end <= time) {
          closed.push([open.map(({ name }) => name), open.at(-1)!.self]);
          open.pop();
        }
        return closed;
      };
      for (const { ts, dur, name } of track) {
        yield* close(ts);
        if (open.length > 0) open.at(-1)!.self -= dur;
        open.push({ name, end: ts + dur, self: dur });
      }
      yield* close(Infinity);
    }
  },
};

/** What each function weighs by itself: calls tell the rest, but not where functions call themselves. */
export function selfOfCallgrind(bytes: Uint8Array): Record<string, number> {
  const names = new Map<string, string>();
  const nameOf = (text: string) => {
    const [, number, name] = /^\((\d+)\)(?: (.*))?$/.exec(text)!;
    if (name !== undefined) names.set(number, name);
    return names.get(number)!;
  };
  const self = new Map<string, number>();
  let [current, isCall] = ["", false];
  for (const line of new TextDecoder().decode(bytes).split("\n")) {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key === "fn") current = nameOf(value);
    else if (key === "calls") isCall = true;
    else if (key !== undefined) nameOf(value);
    else if (/^\d+ \d+ \d+$/.test(line)) {
      if (!isCall) self.set(current, (self.get(current) ?? 0) + Number(line.split(" ")[2]));
      isCall = false;
    }
  }
  return Object.fromEntries([...self].filter(([name, weight]) => weight !== 0 && !name.startsWith("(")).sort());
}
