/** The same samples carry the same totals for each function, whatever they are written in. */

import assert from "node:assert/strict";
import { type Shape, WHOLE } from "../../../src/output/shape.ts";
import type { Chunk } from "../../../src/output/chunk.ts";
import { type FormatName, FORMATS, recordingFormat, sampleFormat } from "../../../src/output/formats.ts";
import type { Frame, RecordedSample, Sample } from "../../../src/types.ts";
import { Random } from "../../support/random.ts";
import { kernel, mapping, mark, native, python, sample, stack, statistics } from "../fixtures.ts";
import { READERS, selfOfCallgrind, totalsOf, type Weighed } from "./readers.ts";

const HEADER = { austin: "3.7.0", interval: 1000, mode: "wall", memory: null, python: "3.11.7" } as const;
const MAPPINGS = [mapping(0x7f3a13eed000, "/usr/lib/libc.so.6")];

function* generated(seed: number): Generator<Sample> {
  const random = new Random(seed);
  const frames: readonly Frame[] = [
    ...Array.from({ length: 6 }, (_, i) => python(`/srv/m${i % 3}.py`, `f${i}`, 1 + i)),
    python("/srv/m0.py", "f0", 77), // another line of the same function
    python("<string>", "<listcomp>", 1),
    python('/srv/"</script>.py', "mal</script>icious;\n\\", 3),
    ...Array.from({ length: 4 }, (_, i) => native(`n${i}`, { pc: 0x7f3a13eed503 + i })),
    native("n0", { pc: 0x7f3a13eed599 }),
    kernel("do_futex"),
    mark("gap"),
  ];
  for (let i = 0; i < 400; i++) {
    const shown = Array.from({ length: random.below(9) }, () => random.pick(frames));
    const flaw = random.below(20) === 0 ? "torn" : null;
    const tid = 22 + random.below(3);
    const fields = { tid, time: random.below(5000), idle: random.below(4) === 0, gc: random.below(9) === 0 };
    const one = { ...sample(shown, fields), pid: 22 + random.below(2), stack: stack(shown, flaw) };
    yield one;
    // Threads stay where they are more often than not.
    if (random.below(2) === 0) yield { ...one, time: random.below(5000) };
  }
}

function nameOf(frame: Frame): string {
  const name = frame.kind === "python" ? frame.function : frame.kind === "mark" ? "(mark)" : frame.symbol;
  return name.replace("\n", "\\x0a");
}

function truth(samples: readonly RecordedSample[]): Weighed[] {
  return samples.map(({ stack, time }) => [stack.frames.map(nameOf), time]);
}

function bytesOf(chunks: Iterable<Chunk>): Uint8Array {
  const encoder = new TextEncoder();
  return new Uint8Array([...chunks].flatMap((one) => [...(typeof one === "string" ? encoder.encode(one) : one)]));
}

function run(name: FormatName, samples: readonly Sample[], shape: Shape | null = null): Uint8Array {
  const threadName = (_: number, tid: number) => shape === null ? `worker "${tid}" </script>` : null;
  const format = sampleFormat(name, { mojo: 3, threadName, shape: shape ?? WHOLE });
  return bytesOf([
    format.header({ ...HEADER, mappings: MAPPINGS }),
    ...samples.map((one) => format.sample(one)),
    ...format.closing(statistics(), { figures: false }),
  ]);
}

function converted(name: FormatName, samples: readonly Sample[]): Uint8Array {
  const format = recordingFormat(name, { mojo: 3, shape: WHOLE, threadName: () => null });
  return bytesOf([
    format.recorded({ kind: "metadata", key: "mode", value: "wall" }),
    ...samples.map((one) => format.recorded({ kind: "sample", sample: one })),
    ...format.end(),
  ]);
}

Deno.test("every profile has a reader here", () => {
  assert.deepEqual(
    Object.keys(READERS).sort(),
    FORMATS.filter((name) => !/^(collapsed|mojo|svg|callgrind)$/.test(name)).sort(),
  );
});

for (const [name, read] of Object.entries(READERS)) {
  Deno.test(`${name} has the totals of the samples, sampled and converted`, () => {
    for (const seed of [1, 2, 3]) {
      const samples = [...generated(seed)];
      const expected = totalsOf(truth(samples));
      const same = (bytes: Uint8Array) => {
        const totals = totalsOf(
          [...read(bytes)].map(([names, weight]) => [names.map((n) => n.replace("\n", "\\x0a")), weight]),
        );
        assert.deepEqual(totals, expected);
      };
      same(run(name as FormatName, samples));
      same(converted(name as FormatName, samples));
    }
  });

  Deno.test(`${name} of no samples can be read`, () => {
    if (name === "jsonl") return assert.equal(run("jsonl", []).length, 0);
    assert.deepEqual(totalsOf(read(run(name as FormatName, []))), {});
    assert.deepEqual(totalsOf(read(converted(name as FormatName, []))), {});
  });
}

Deno.test("pprof and callgrind keep lines and threads apart where that is asked for", () => {
  const samples = [
    sample([python("a.py", "f", 3)], { time: 3000 }),
    sample([python("a.py", "f", 4)], { time: 1000, tid: 25 }),
  ];
  const shape = { ...WHOLE, byLine: true, splitThreads: true };
  const [one, other] = ["process 22 thread 24", "process 22 thread 25"];
  assert.deepEqual(totalsOf(READERS.pprof(run("pprof", samples, shape))), {
    ...{ "f:3": [3000, 3000], "f:4": [1000, 1000], [one]: [3000, 0], [other]: [1000, 0] },
  });
  const text = new TextDecoder().decode(run("callgrind", samples, shape));
  for (const name of ["f:3", "f:4", one, other]) assert.match(text, new RegExp(`fn=\\(\\d+\\) ${name}\n`));
  assert.deepEqual(Object.keys(totalsOf(READERS.speedscope(run("speedscope", samples, shape)))), ["f:3", "f:4"]);
});

Deno.test("callgrind has what each function weighs by itself", () => {
  for (const seed of [1, 2, 3]) {
    // What is not a function takes what would be its own.
    const samples = [...generated(seed)].map((one) => {
      const frames = one.stack.frames.filter(({ kind }) => kind !== "mark");
      return { ...one, gc: false, stack: stack(frames) };
    });
    const expected = Object.entries(totalsOf(truth(samples))).filter(([, [, self]]) => self > 0);
    assert.deepEqual(
      selfOfCallgrind(run("callgrind", samples)),
      Object.fromEntries(expected.map(([name, [, self]]) => [name, self])),
    );
  }
});

Deno.test("svg has each thread, and tells what its functions weigh", () => {
  const samples = [
    sample([python("/a/m.py", "f<T>", 3), native("qsort")], { time: 3000 }),
    sample([python("/a/m.py", "f<T>", 4)], { time: 1000, tid: 25, idle: true }),
  ];
  const text = new TextDecoder().decode(run("svg", samples));
  const titles = [...text.matchAll(/<title>(.*?)<\/title>/g)].map(([, title]) => title);
  assert.deepEqual(titles.sort(), [
    "(idle), 1 ms, 25.00 %",
    "all, 4 ms, 100.00 %",
    "f&lt;T&gt; (m.py), 1 ms, 25.00 %",
    "f&lt;T&gt; (m.py), 3 ms, 75.00 %",
    "process 22 thread 24 worker &quot;24&quot; &lt;/script&gt;, 3 ms, 75.00 %",
    "process 22 thread 25 worker &quot;25&quot; &lt;/script&gt;, 1 ms, 25.00 %",
    "qsort (libc.so.6), 3 ms, 75.00 %",
  ]);
  assert.equal((text.match(/<g>/g) ?? []).length, (text.match(/<\/g>/g) ?? []).length);
});
