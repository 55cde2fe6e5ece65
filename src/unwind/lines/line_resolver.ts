/**
 * Native frames in, the same with their source lines out, and behind each one the calls that were inlined into it.
 * Where a frame's lines are to be found, the caller knows.
 * @module
 */

import type { FileAddress, Frame, NativeFrame, Stack } from "../../types.ts";
import type { LineTable } from "./line_table.ts";

/** Where the lines of a frame are. */
export interface LinePlace {
  readonly table: LineTable;
  /** In the file of the table: of the instruction that runs, or of the last byte of the call. */
  readonly address: FileAddress;
}

/** Tells where the lines of a native frame are; null where there are none. */
export type LocateLines = (frame: NativeFrame) => LinePlace | null;

/** Files that are being read at the same time, each by a process. */
const MAX_READING = 16;
/** Files that are asked at the same time. */
const PARALLEL = 4;

/** Resolves frames; each is resolved once. */
export class LineResolver implements Disposable {
  readonly #locate: LocateLines;
  readonly #expanded = new WeakMap<NativeFrame, readonly NativeFrame[]>();
  readonly #reading = new Set<LineTable>();

  constructor(locate: LocateLines) {
    this.#locate = locate;
  }

  /** The same stacks with source lines and inlined calls. */
  async resolve(stacks: readonly Stack[]): Promise<Stack[]> {
    await this.load(stacks.flatMap(({ frames }) => frames.filter((frame) => frame.kind === "native")));
    const expand = (frame: Frame): readonly Frame[] => frame.kind === "native" ? this.expand(frame) : [frame];
    return stacks.map((stack) => ({ ...stack, frames: stack.frames.flatMap(expand) }));
  }

  /** Reads the lines of some frames, so that `expand` has them. */
  async load(frames: Iterable<NativeFrame>): Promise<void> {
    const places = new Map<NativeFrame, LinePlace>();
    for (const frame of new Set(frames)) {
      if (this.#expanded.has(frame) || frame.source !== undefined) continue;
      const place = this.#locate(frame);
      if (place === null) this.#expanded.set(frame, [frame]);
      else places.set(frame, place);
    }
    const groups = [...Map.groupBy(places.values(), ({ table }) => table)];
    while (groups.length > 0) {
      await Promise.all(
        groups.splice(0, PARALLEL).map(async ([table, group]) => {
          await table.load(group.map(({ address }) => address));
          this.#keep(table);
        }),
      );
    }
    for (const [frame, { table, address }] of places) this.#expanded.set(frame, expand(frame, table.at(address)));
  }

  /** A frame that was loaded, and behind it the calls that were inlined into it; any other one as it is. */
  expand(frame: NativeFrame): readonly NativeFrame[] {
    return this.#expanded.get(frame) ?? [frame];
  }

  /** Ends all reading. */
  [Symbol.dispose](): void {
    for (const table of this.#reading) table[Symbol.dispose]();
    this.#reading.clear();
  }

  /** Of the files that are being read, the one that was not used for longest makes room. */
  #keep(table: LineTable): void {
    this.#reading.delete(table);
    if (table.isReading) this.#reading.add(table);
    for (const oldest of this.#reading) {
      if (this.#reading.size <= MAX_READING) return;
      oldest[Symbol.dispose]();
      this.#reading.delete(oldest);
    }
  }
}

/** `lines` are innermost first, the last of them the frame's own. */
function expand(frame: NativeFrame, lines: ReturnType<LineTable["at"]>): readonly NativeFrame[] {
  const own = lines.at(-1);
  if (own === undefined || (own.line === 0 && lines.length === 1)) return [frame];
  // A symbol says more than the debug information of its function: `.cold`, `.constprop.0`.
  const isNamed = frame.named || own.function === "";
  const symbol = isNamed ? frame.symbol : own.function;
  const inlined = lines.slice(0, -1).reverse().map((source): NativeFrame => ({
    ...frame,
    symbol: source.function || "<unknown>",
    named: source.function !== "",
    source,
    inlined: true,
  }));
  return [{ ...frame, symbol, named: frame.named || !isNamed, source: own }, ...inlined];
}
