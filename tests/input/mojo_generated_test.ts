/** MOJO of generated samples, whole, cut off and changed. */

import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import { CollapsedFormatter } from "../../src/output/collapsed.ts";
import { collapsedFormat } from "../../src/output/format.ts";
import { mojoFormat } from "../../src/output/mojo.ts";
import type { Frame, Mode, Sample } from "../../src/types.ts";
import { kernel, mark, native, python, sample, stack } from "../output/fixtures.ts";
import { readMojo } from "../support/mojo.ts";
import { Random } from "../support/random.ts";
import { HEADER, MODES, read } from "./mojo_text.ts";

// As one would write into a name to break a reader.
const NAME_PARTS = ["a", "f", "/", ".py", ":", ";", " ", "\n", "\0", "\x1b[31m", "é", "日本", "🐍", "\ud800", "\ufeff"];
const WHOLE_NAMES = [
  "<unknown>",
  "native@7f00",
  "native@0",
  "native@007",
  "kernel",
  ":INVALID:",
  ":GC:",
  "",
  "<string>",
];

function randomName(random: Random): string {
  if (random.below(4) === 0) return random.pick(WHOLE_NAMES);
  return Array.from({ length: random.below(5) }, () => random.pick(NAME_PARTS)).join("");
}

function randomFrame(random: Random): Frame {
  const [name, other] = [randomName(random), randomName(random)];
  const place = [random.below(3), random.below(2 ** 20)] as const;
  switch (random.below(4)) {
    case 0:
      return {
        ...python(random.pick([name, "a.py"]), other, place[1]),
        endLine: place[1] + place[0],
        ...randomColumns(random),
      };
    case 1:
      return native(name, { pc: random.below(2 ** 31) * 2 ** 16 + random.below(2 ** 16), offset: place[1] });
    case 2:
      return kernel(name);
    default:
      return mark(random.pick(["invalid", "truncated", "gap"]));
  }
}

function randomColumns(random: Random): { column: number | null; endColumn: number | null } {
  if (random.below(2) === 0) return { column: null, endColumn: null };
  const column = random.below(200);
  return { column, endColumn: column + random.below(80) };
}

/** Samples of a few threads of a few processes, with frames that come back. */
function randomSamples(random: Random, count: number): Sample[] {
  const frames = Array.from({ length: 30 }, () => randomFrame(random));
  const threads = Array.from({ length: 3 }, () => ({
    ...{ pid: 1 + random.below(2), tid: random.below(2 ** 22), interpreter: random.below(3) },
    last: [] as readonly Frame[],
  }));
  return Array.from({ length: count }, () => {
    const thread = random.pick(threads);
    const { pid, tid, interpreter, last } = thread;
    const outer = last.length < 40 && random.below(3) > 0 ? last : [];
    const own = [...outer, ...Array.from({ length: random.below(12) }, () => random.pick(frames))];
    thread.last = own;
    const flaw = random.pick([null, null, null, null, "torn", "unmatched", "truncated", "blocked"] as const);
    return sample(own, {
      ...{ pid, tid, interpreter },
      idle: random.below(2) === 0,
      gc: random.below(4) === 0,
      time: random.pick([0, 1, 63, 64, 10_000.4, 2 ** 40]),
      memory: random.pick([0, 1, -1, -4096, 2 ** 40, -(2 ** 40)]),
      stack: stack(own, flaw),
    });
  });
}

function concatenate(chunks: readonly (string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(chunks.flatMap((chunk) => [...(chunk as Uint8Array)]));
}

/** A file of generated samples, and their collapsed text. */
function recording(random: Random, mode: Mode): { bytes: Uint8Array; lines: string[] } {
  const [text, binary] = [collapsedFormat(), mojoFormat()];
  const samples = randomSamples(random, 1 + random.below(30));
  const head = text.header(HEADER(mode)) as string;
  const lines = head.split("\n").filter((line) => line !== "");
  for (const one of samples) lines.push((text.sample(one) as string).trimEnd());
  return { bytes: concatenate([binary.header(HEADER(mode)), ...samples.map((one) => binary.sample(one))]), lines };
}

Deno.test("MojoReader gives the text of the samples that mojoFormat() was given, whatever is in them", async (t) => {
  for (const mode of MODES) {
    await t.step(mode, () => {
      for (let seed = 0; seed < 200; seed++) {
        const random = new Random(seed);
        const { bytes, lines } = recording(random, mode);
        const result = read(bytes, () => 1 + random.below(40));
        for (const [i, line] of lines.entries()) assert.equal(result.lines[i], line, `seed ${seed}`);
        assert.deepEqual([result.lines.length, result.error], [lines.length, null], `seed ${seed}`);
        assert.equal(readMojo(bytes).samples.length, lines.filter((line) => line.startsWith("P")).length);
      }
    });
  }
});

Deno.test("MojoReader gives back what version 4 says with names and repeats", () => {
  let repeats = 0;
  for (let seed = 0; seed < 200; seed++) {
    const random = new Random(seed);
    const samples = randomSamples(random, 40);
    const text = new CollapsedFormatter();
    const binary = mojoFormat({ version: 4, threadName: (_pid, tid) => `thread ${tid}` });
    const bytes = concatenate([binary.header(HEADER("wall")), ...samples.map((one) => binary.sample(one))]);
    const lines = samples.map((one) => text.line({ ...one, tid: `thread ${one.tid}` }).trimEnd());
    const { lines: all, error } = read(bytes, () => 1 + random.below(40));
    assert.equal(error, null);
    assert.deepEqual(all.filter((line) => line.startsWith("P")), lines, `seed ${seed}`);
    repeats += readMojo(bytes).repeats;
  }
  assert.ok(repeats > 100, `${repeats}`);
});

Deno.test("MojoReader keeps all before the byte where a file is cut off", () => {
  const { bytes, lines } = recording(new Random(5), "full");
  for (let size = 0; size < bytes.length; size++) {
    const cut = read(bytes.slice(0, size));
    assert.ok(cut.error === null || cut.error instanceof InputError, `${cut.error}`);
    assert.deepEqual(cut.lines, lines.slice(0, cut.lines.length));
    // Nothing whole is held back: at most one sample is being read.
    const { lines: more } = read(bytes.slice(0, size + 1));
    assert.ok(more.length - cut.lines.length <= 1);
  }
  assert.deepEqual(read(bytes).lines, lines);
});

Deno.test("MojoReader answers changed bytes with samples or an InputError, soon", () => {
  const random = new Random(77);
  for (let round = 0; round < 3_000; round++) {
    const { bytes } = recording(random, random.pick(MODES));
    for (let changes = 1 + random.below(6); changes > 0; changes--) {
      const at = random.below(bytes.length);
      bytes[at] = random.pick([0, 1, 2, 5, 13, 0x7f, 0x80, 0xff, random.below(256)]);
    }
    if (random.below(2) === 0) bytes[3] = 4;
    const { error } = read(bytes, () => 1 + random.below(400));
    assert.ok(error === null || error instanceof InputError, `round ${round}: ${error}`);
  }
});
