/**
 * What the reader of MOJO makes of bytes, as text.
 * @module
 */

import { MojoReader } from "../../src/input/mojo.ts";
import { CollapsedFormatter } from "../../src/output/collapsed.ts";
import { mojoFormat } from "../../src/output/mojo.ts";
import type { Mode, Recorded } from "../../src/types.ts";

export const MODES: readonly Mode[] = ["wall", "cpu", "memory", "full"];

/** What is read, as text, and the error that ends it. */
export function read(
  bytes: Uint8Array,
  pieces: () => number = () => bytes.length,
): { lines: string[]; error: unknown } {
  const reader = new MojoReader();
  const lines: string[] = [];
  let formatter = new CollapsedFormatter();
  const take = (recorded: Iterable<Recorded>) => {
    for (const one of recorded) {
      if (one.kind === "sample") {
        lines.push(formatter.line(one.sample).trimEnd());
        continue;
      }
      if (one.key === "mode") formatter = new CollapsedFormatter(MODES.find((mode) => mode === one.value));
      lines.push(`# ${one.key}: ${one.value}`);
    }
  };
  try {
    for (let at = 0; at < bytes.length;) {
      const size = Math.max(1, pieces());
      take(reader.read(bytes.slice(at, at + size)));
      at += size;
    }
    take(reader.end());
  } catch (error) {
    return { lines, error };
  }
  return { lines, error: null };
}

export function header(mode: Mode): Uint8Array {
  return mojoFormat().header(HEADER(mode)) as Uint8Array;
}

export const HEADER = (mode: Mode) => ({
  austin: "3.7.0",
  interval: 1000,
  mode,
  memory: null,
  python: null,
  mappings: [],
});
