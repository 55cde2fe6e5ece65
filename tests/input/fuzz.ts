/**
 * Damaged recordings, MOJO and text, and damaged texts of `/proc/PID/maps`: an error of one kind or less that is read.
 * @module
 */

import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import { RecordingReader } from "../../src/input/recording.ts";
import { parseMaps } from "../../src/kernel/maps.ts";
import { CollapsedFormatter } from "../../src/output/collapsed.ts";
import { mojoFormat } from "../../src/output/mojo.ts";
import type { Frame, Mode, Recorded } from "../../src/types.ts";
import { kernel, mark, native, python, sample, stack } from "../output/fixtures.ts";
import { damagedKind } from "../support/damaged_bytes.ts";
import type { CountedKind } from "../support/fuzz_kind.ts";
import type { Random } from "../support/random.ts";
import { header, MODES } from "./mojo_text.ts";

const ADDRESS_LIMIT = 2 ** 47;

/** A line of output may hold none: they end it, or reach a terminal. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;

/** A recording of each mode, of all kinds of frames. */
function recordings(): { mojo: Uint8Array[]; text: Uint8Array[] } {
  const frames: Frame[] = [native("main"), python("a.py", "f", 3), native("τ"), kernel("do_futex"), mark("truncated")];
  const samples = [
    sample(frames),
    sample(frames, { gc: true, idle: true, memory: -5 }),
    sample([python("b.py", "g", 7)]),
  ];
  samples.push(sample(frames, { stack: stack(frames, "unmatched"), interpreter: 3, tid: 2 ** 31 - 1 }));
  const mojo = MODES.map((mode) => {
    const format = mojoFormat();
    return joined([header(mode), ...samples.map((one) => format.sample(one) as Uint8Array)]);
  });
  const text = MODES.map((mode) => {
    const formatter = new CollapsedFormatter(mode);
    const lines = samples.map((one) => formatter.line(one)).join("");
    return new TextEncoder().encode(
      `# austin: 3.7.0\n# mode: ${mode}\n# map: 1000-2000 /a b\n\n${lines}\n# duration: 9\n\n`,
    );
  });
  return { mojo, text };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

/** Reads a recording in pieces; what it gives must be such that a line of it is one line. */
function readRecording(bytes: Uint8Array, random: Random): string {
  const reader = new RecordingReader(() => {});
  const formatter = new CollapsedFormatter("full" satisfies Mode);
  let count = 0;
  const take = (all: Iterable<Recorded>) => {
    for (const one of all) {
      count++;
      if (one.kind === "sample") assert.doesNotMatch(formatter.line(one.sample).slice(0, -1), CONTROL);
    }
  };
  try {
    for (let at = 0; at < bytes.length;) {
      const size = 1 + random.below(64);
      take(reader.read(bytes.slice(at, at + size)));
      at += size;
    }
    take(reader.end());
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return count > 0 ? "refused after some" : "refused";
  }
  return "read";
}

function readMapsText(bytes: Uint8Array): string {
  const mappings = parseMaps(new TextDecoder().decode(bytes));
  for (const { start, end, offset, inode, path } of mappings) {
    assert.ok(start < end && end <= ADDRESS_LIMIT && offset >= 0 && inode >= 0 && !path.includes("\n"));
  }
  return mappings.length > 0 ? "some mappings" : "no mapping";
}

/** Binary recordings. */
export const MOJO: CountedKind = damagedKind("mojo", () => recordings().mojo, readRecording);
/** Text recordings. */
export const COLLAPSED: CountedKind = damagedKind("collapsed", () => recordings().text, readRecording);
/** What `/proc/PID/maps` says of this process, damaged. */
export const MAPS: CountedKind = damagedKind("maps", () => {
  const lines = Deno.readTextFileSync("/proc/self/maps").split("\n");
  return [0, 8, 16].map((at) => new TextEncoder().encode(`${lines.slice(at, at + 8).join("\n")}\n`));
}, readMapsText);
