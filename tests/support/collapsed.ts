/**
 * A strict reader of the collapsed format, written from its grammar and not from the writer:
 *
 * ```
 * file   = meta* "\n" (sample | map | thread)* "\n" meta* "\n"       ; map: of a process, before its samples that need it
 * map    = "# map: " lo "-" hi " " path "\n" ["# build-id: " (id | "-") " " lo "-" hi " " bias " " path "\n"]
 * thread = "# thread: " pid " " tid [" python=" string] [" system=" string] "\n"       ; of the sample that comes next
 * sample = "P" pid ";T" iid ":" tid *(";" frame) [";:GC:"] " " (number | us "," idle "," bytes) "\n"
 * frame  = file ":" function ":" line | "native@" pc ":" symbol ":" offset | "kernel:" symbol ":0" | ":INVALID:"
 * ```
 * @module
 */

import type { Frame } from "../../src/types.ts";

/** A sample of a file; its native frames have the module that the `map` lines tell. */
export interface ParsedSample {
  readonly pid: number;
  readonly interpreter: number;
  readonly tid: number;
  readonly frames: readonly Frame[];
  /** The one metric, or the first of three. */
  readonly time: number;
  /** The second and third, where there are three. */
  readonly idle: boolean | null;
  readonly memory: number | null;
  readonly gc: boolean;
}

/** A whole file. */
export interface Collapsed {
  /** All but the `map` lines. */
  readonly header: ReadonlyMap<string, string>;
  readonly maps: readonly MapLine[];
  /** Those among the samples, by process. */
  readonly joined: ReadonlyMap<number, readonly MapLine[]>;
  readonly samples: readonly ParsedSample[];
  readonly closing: ReadonlyMap<string, string>;
}

/** A `map` line. */
export interface MapLine {
  readonly start: number;
  readonly end: number;
  readonly path: string;
}

/** Reads a whole file. @throws {SyntaxError} where it breaks the grammar. */
export function parseCollapsed(text: string): Collapsed {
  if (!text.endsWith("\n")) {
    throw new SyntaxError(`Cannot parse: no newline at the end of ${JSON.stringify(tail(text))}`);
  }
  const lines = text.slice(0, -1).split("\n");
  const parts = sections(lines);
  if (parts.length !== 4 || parts[3].length > 0) {
    throw new SyntaxError(`Cannot parse: ${parts.length - 1} empty lines, ending in ${JSON.stringify(tail(text))}`);
  }
  const [headLines, sampleLines, closingLines] = parts;
  const maps = parseMaps(headLines.filter(isOfMap));
  const joined = new Map<number, MapLine[]>();
  return {
    header: parseMeta(headLines.filter((line) => !isOfMap(line))),
    maps,
    samples: parseBody(sampleLines, { maps, joined }),
    joined,
    closing: parseMeta(closingLines),
  };
}

/** How many samples a file has that is being written; 0 before it is there. */
export function samplesIn(file: string): number {
  try {
    return parseSamples(Deno.readTextFileSync(file)).length;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** Reads what has been written so far: samples whose lines are whole. */
export function parseSamples(text: string): ParsedSample[] {
  const [head, samples = []] = sections(text.slice(0, text.lastIndexOf("\n") + 1).split("\n"));
  const maps = parseMaps(head.filter(isOfMap));
  return parseBody(samples, { maps, joined: new Map() });
}

/** Fills `joined` with the maps of each process that comes after the header. */
function parseBody(
  lines: readonly string[],
  { maps, joined }: { maps: readonly MapLine[]; joined: Map<number, MapLine[]> },
): ParsedSample[] {
  const samples: ParsedSample[] = [];
  let fresh: string[] = [];
  let named: string | null = null;
  for (const line of lines) {
    if (line.startsWith("# thread: ")) {
      const [, pid, tid] = match(
        line,
        /^# thread: (\d+) (\d+)(?= )( python="([^"\\]|\\.)*")?( system="([^"\\]|\\.)*")?$/,
      );
      named = `P${pid};T\\d+:${tid};`;
      continue;
    }
    if (named !== null) match(line, new RegExp(`^${named}`));
    named = null;
    if (line.startsWith("# ")) {
      fresh.push(line);
      continue;
    }
    const pid = Number(match(line, /^P(\d+);/)[1]);
    // What comes before a process's first sample is all that it has mapped, later what is new.
    const isKnown = samples.some((sample) => sample.pid === pid);
    if (fresh.length > 0) joined.set(pid, [...parseMaps(fresh), ...joined.get(pid) ?? (isKnown ? maps : [])]);
    fresh = [];
    samples.push(parseSample(line, joined.get(pid) ?? maps));
  }
  return samples;
}

/** Splits at empty lines. */
function sections(lines: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const line of lines) {
    if (line === "") parts.push([]);
    else parts.at(-1)!.push(line);
  }
  return parts;
}

function parseMeta(lines: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of lines) {
    const [, key, value] = match(line, /^# ([a-z]+): (.+)$/);
    if (values.has(key)) throw new SyntaxError(`Cannot parse: ${key} comes twice`);
    values.set(key, value);
  }
  return values;
}

function isOfMap(line: string): boolean {
  return /^# (map|build-id): /.test(line);
}

/** Of each mapping, and behind one that a module begins with, what that module is. */
function parseMaps(lines: readonly string[]): MapLine[] {
  const maps: MapLine[] = [];
  for (const line of lines) {
    if (line.startsWith("# map: ")) {
      maps.push(parseMap(line));
      continue;
    }
    const [, start, path] = match(line, /^# build-id: (?:[0-9a-f]+|-) ([0-9a-f]+)-[0-9a-f]+ -?[0-9a-f]+ (.+)$/);
    const { start: begin, path: mapped } = maps.at(-1) ?? { start: NaN, path: "" };
    if (parseInt(start, 16) !== begin || path !== mapped) {
      throw new SyntaxError(`Cannot parse "${line}": no map before`);
    }
  }
  return maps;
}

function parseMap(line: string): MapLine {
  const [, start, end, path] = match(line, /^# map: ([0-9a-f]+)-([0-9a-f]+) (.+)$/);
  return { start: parseInt(start, 16), end: parseInt(end, 16), path };
}

function parseSample(line: string, maps: readonly MapLine[]): ParsedSample {
  const [, pid, interpreter, tid, frames, mark, time, idle, memory] = match(
    line,
    /^P(\d+);T(\d+):(\d+)((?:;[^;]+?)*?)(;:GC:)? (-?\d+)(?:,([01]),(-?\d+))?$/,
  );
  return {
    pid: Number(pid),
    interpreter: Number(interpreter),
    tid: Number(tid),
    frames: frames.split(";").slice(1).map((frame) => parseFrame(frame, maps)),
    time: Number(time),
    idle: idle === undefined ? null : idle === "1",
    memory: memory === undefined ? null : Number(memory),
    gc: mark !== undefined,
  };
}

function parseFrame(text: string, maps: readonly MapLine[]): Frame {
  if (text === ":INVALID:") return { kind: "mark", mark: "invalid" };
  if (text.startsWith("native@")) {
    const [, hex, symbol, offset] = match(text, /^native@([0-9a-f]+):([^:]+):(\d+)$/);
    const pc = parseInt(hex, 16);
    const module = maps.find(({ start, end }) => pc > start && pc <= end)?.path ?? "";
    return { kind: "native", pc, symbol, named: !symbol.includes("+0x"), offset: Number(offset), module };
  }
  const kernel = text.match(/^kernel:([^:]+):0$/);
  if (kernel !== null) return { kind: "kernel", symbol: kernel[1] };
  const [, file, name, digits] = match(text, /^(.+):([^:]+):(\d+)$/);
  const line = Number(digits);
  return { kind: "python", function: name, file, line, endLine: line, column: null, endColumn: null };
}

function match(text: string, pattern: RegExp): RegExpMatchArray {
  const found = text.match(pattern);
  if (found === null) throw new SyntaxError(`Cannot parse ${JSON.stringify(text)}: it does not match ${pattern}`);
  return found;
}

function tail(text: string): string {
  return text.slice(-80);
}
