import assert from "node:assert/strict";
import { ByteReader } from "../../src/byte_reader.ts";
import { collapsedFormat, type SampleFormat } from "../../src/output/format.ts";
import { mojoFormat } from "../../src/output/mojo.ts";
import type { Frame, Mode, Sample } from "../../src/types.ts";
import { NATIVE_RULES, readMojo, readVarint } from "../support/mojo.ts";
import { kernel, mapping, mark, native, python, sample, SOURCE, stack, statistics } from "./fixtures.ts";

const HEADER = { austin: "3.7.0", interval: 1000, mode: "wall", memory: null, python: "3.12.1", mappings: [] } as const;

function bytesOf(chunks: readonly (string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(chunks.flatMap((chunk) => [...(chunk as Uint8Array)]));
}

function samples(): Sample[] {
  const file = python("/srv/app/café.py", "f", 3);
  const source = { ...SOURCE, file: "/src/f.c" };
  const frames: Frame[] = [native("start"), file, native("read", { pc: 0x55, offset: 8 }), kernel("vfs_read")];
  return [
    sample(frames, { pid: 7, tid: 255, time: 10_000 }),
    sample(frames, { pid: 7, tid: 256, time: 63 }),
    sample(frames, { pid: 8, tid: 9, interpreter: 2, time: 64 }),
    sample([], { pid: 7, stack: stack([mark("truncated"), file], "truncated"), time: 5 }),
    sample([file, mark("gap"), native("x")], { pid: 7, time: 2 ** 40 }),
    sample([python("\udcff.py", "a\0b", 1)], { pid: 7, time: 1 }),
    sample([native("f", { source }), native("g", { source, inlined: true })], { pid: 7, time: 1 }),
    sample([], { pid: 7, time: 1 }),
    sample([file, kernel("vfs_read")], { pid: 7, idle: true, gc: true, memory: -4096 }),
    sample([file], { pid: 7, time: 0, memory: 50 << 20 }),
  ];
}

/** A collapsed stack with its thread's number in hex, as MOJO has it. */
function inHex(line: string): string {
  return line.replace(/^(P\d+;T\d+:)(\d+)/, (_, start, tid) => start + Number(tid).toString(16));
}

Deno.test("mojoFormat() says the same as collapsed text", async (t) => {
  for (const mode of ["wall", "cpu", "memory", "full"] as const) {
    await t.step(mode, () => {
      const text = collapsedFormat();
      const binary = mojoFormat();
      const all = samples();
      const memory = mode === "full" ? 2 ** 33 : null;
      const header = { ...HEADER, mode, memory, mappings: [mapping(0x1000, "/usr/lib/libc.so.6")] };
      const figures = statistics({ gc: 300 });
      const lines = [text.header(header), ...text.closing(figures, { figures: true })].join("").split("\n").filter(
        Boolean,
      );
      const content = readMojo(bytesOf([
        binary.header(header),
        ...all.map((one) => binary.sample(one)),
        ...binary.closing(figures, { figures: true }),
      ]));
      assert.equal(content.version, 3);
      assert.deepEqual(content.samples.map((line) => `${line}\n`), all.map((one) => text.sample(one)));
      assert.deepEqual(content.metadata.map(([key, value]) => `# ${key}: ${value}`), lines);
    });
  }
});

/** What is said in both formats. */
function bothFormats() {
  const text = collapsedFormat();
  const binary = mojoFormat();
  const chunks: (string | Uint8Array)[] = [binary.header(HEADER)];
  const lines: (string | Uint8Array)[] = [];
  const say = (said: Sample) => {
    chunks.push(binary.sample(said));
    lines.push(text.sample(said));
  };
  return { text, binary, chunks, lines, say };
}

Deno.test("mojoFormat() keeps the frames of processes apart, and those of two with one id", () => {
  const [one, two] = [python("a.py", "f", 1), python("b.py", "g", 2)];
  const { text, binary, chunks, lines, say } = bothFormats();
  say(sample([one], { pid: 1 }));
  chunks.push(binary.joined(2, [mapping(0x1000, "/usr/lib/libc.so.6")]));
  for (const pid of [2, 1, 2]) say(sample([two, one], { pid }));
  binary.left(2);
  chunks.push(binary.joined(2, []));
  const again = binary.sample(sample([one], { pid: 2 })) as Uint8Array;
  assert.ok(new TextDecoder().decode(again).includes("a.py"), "what was said of another process was not said again");
  chunks.push(again);
  lines.push(text.sample(sample([one], { pid: 2 })));
  const content = readMojo(bytesOf(chunks));
  assert.deepEqual(content.samples.map((line) => `${line}\n`), lines);
  assert.deepEqual(content.metadata.at(-1), ["map", "1000-2000 /usr/lib/libc.so.6"]);
});

Deno.test("mojoFormat() says the same of threads whose stacks stay", () => {
  const { binary, chunks, lines, say } = bothFormats();
  const [one, two] = [stack([python("a.py", "f", 1), native("x")]), stack([python("b.py", "g", 2), kernel("k")])];
  for (let time = 1; time < 5; time++) {
    for (const tid of [1, 2]) say(sample([], { pid: 1, tid, stack: one, time }));
    say(sample([], { pid: 1, tid: 3, stack: two, gc: time > 2, time }));
    say(sample([], { pid: 2, tid: 4, stack: two, interpreter: time > 3 ? 1 : 0, time }));
    say(sample([], { pid: 1, tid: 5, stack: time % 3 ? one : two, time }));
  }
  // Another process gets the id.
  binary.left(1);
  for (let time = 1; time < 4; time++) say(sample([], { pid: 1, tid: 1, stack: one, time }));
  const content = readMojo(bytesOf(chunks));
  assert.deepEqual(content.samples.map((line) => `${line}\n`), lines);
});

Deno.test("mojoFormat() writes the bytes of Austin 3.7", () => {
  const format = mojoFormat();
  const text = new TextDecoder("latin1");
  assert.equal(text.decode(format.header(HEADER) as Uint8Array).slice(0, 20), "MOJ\x03\x01austin\x003.7.0\x00\x01i");
  const frame = { ...python("p", "f", 3), endLine: 3, column: 4, endColumn: 19 };
  const one = sample([frame], { pid: 21353, tid: 0x5369, time: 200159 });
  assert.deepEqual(
    [...format.sample(one) as Uint8Array],
    [
      ...[2, 0xa9, 0xcd, 0x02, 0, 0x35, 0x33, 0x36, 0x39, 0],
      ...[11, 2, 0x70, 0, 11, 3, 0x66, 0],
      ...[3, 1, 2, 3, 3, 3, 5, 20],
      ...[5, 1],
      ...[9, 0x9f, 0xb7, 0x18],
    ],
  );
  // What has been said is not said again.
  assert.equal((format.sample(one) as Uint8Array).length, 10 + 2 + 4);
});

const NAMES = new Map([[7, "python3"], [8, "w;1\n"], [9, "python3"], [10, "ab"], [11, "w;1\n"], [12, ""]]);

function version4(): SampleFormat {
  return mojoFormat({ version: 4, threadName: (_, tid) => NAMES.get(tid) ?? null });
}

Deno.test("mojoFormat() writes version 4, with a name for each thread that has one, and never two with the same", () => {
  const format = version4();
  const chunks = [format.header(HEADER)];
  for (const tid of [7, 8, 9, 10, 11, 12, 13]) chunks.push(format.sample(sample([], { pid: 7, tid })));
  const { version, samples } = readMojo(bytesOf(chunks));
  assert.equal(version, 4);
  assert.deepEqual(
    samples.map((line) => line.replace(/ 10012$/, "")),
    ["python3", "w\\x3b1\\x0a", "9", "ab-a", "w\\x3b1\\x0a-b", "c", "d"].map((label) => `P7;T0:${label}`),
  );
});

Deno.test("mojoFormat() looks again for the name of a thread that had none", () => {
  let name = "python3";
  const format = mojoFormat({ version: 4, threadName: (_, tid) => tid === 7 ? "python3" : name });
  const frames = [python("/a.py", "f", 1)];
  const chunks = [format.header(HEADER), format.sample(sample(frames, { pid: 7, tid: 8 }))];
  name = "worker";
  for (let i = 0; i < 2; i++) chunks.push(format.sample(sample(frames, { pid: 7, tid: 8 })));
  assert.deepEqual(
    readMojo(bytesOf(chunks)).samples,
    ["8", "worker", "worker"].map((label) => {
      return `P7;T0:${label};/a.py:f:1 10012`;
    }),
  );
});

/** Stacks of one thread, one after another, and which of them repeat. */
function sequences(): readonly (readonly [name: string, samples: readonly Sample[], repeats: number])[] {
  const [start, main, f, g, c, d] = [
    native("_start"),
    python("/srv/main.py", "<module>", 9),
    python("/srv/é.py", "f", 3),
    python("<string>", "g", 4),
    native("c"),
    native("d"),
  ];
  const bare = python("/srv/run", "main", 2);
  const source = { ...SOURCE, file: "/src/f.c" };
  const flawed = sample([], { pid: 7, stack: stack([main, mark("invalid")], "torn") });
  const of = (...stacks: Frame[][]): Sample[] => stacks.map((frames) => sample(frames, { pid: 7 }));
  return [
    ["the same twice", of([start, main, f], [start, main, f]), 1],
    ["other native frames within", of([start, main, f, c], [start, main, f, d], [start, main, f]), 2],
    ["native frames between stay", of([start, main, c, f], [start, main, c, f, d]), 1],
    ["deeper", of([start, main], [start, main, f, c]), 1],
    ["shallower", of([start, main, f], [start, main]), 0],
    ["another line", of([start, main, f], [start, main, python("/srv/é.py", "f", 4)]), 0],
    ["no Python", of([start, c], [start, c]), 0],
    ["no frames", of([], []), 0],
    ["code that is in no file", of([main, g, c], [main, g]), 1],
    ["a file that readers may take for native code", of([main, bare], [main, bare]), 0],
    ["native frames with their lines", of([main, native("c", { source })], [main, native("c", { source })]), 0],
    ["kernel frames", of([main, c, kernel("read")], [main, c, kernel("read")]), 1],
    ["gaps", of([main, mark("gap"), f], [main, mark("gap"), f, mark("gap"), c]), 0],
    ["a flawed one", [...of([main, f]), flawed, ...of([main, f])], 0],
    ["another thread", [...of([main, f]), sample([main, f], { pid: 7, tid: 25 })], 0],
    ["another process", [...of([main, f]), sample([main, f], { pid: 8 })], 0],
    [
      "another interpreter between",
      [...of([main, f]), sample([main], { pid: 7, interpreter: 1 }), ...of([main, f], [main, f])],
      2,
    ],
  ];
}

Deno.test("mojoFormat() repeats frames where every reader gets the same stacks", async (t) => {
  for (const [name, all, repeats] of sequences()) {
    await t.step(name, () => {
      const text = collapsedFormat();
      for (const isNative of Object.values(NATIVE_RULES)) {
        const format = version4();
        const bytes = bytesOf([format.header(HEADER), ...all.map((one) => format.sample(one))]);
        const content = readMojo(bytes, isNative);
        assert.deepEqual(
          content.samples.map((line) => `${line}\n`),
          all.map((one) => inHex(text.sample(one) as string)),
        );
        assert.equal(content.repeats, repeats);
      }
    });
  }
});

Deno.test("mojoFormat() forgets threads that have long ended, and stays right", () => {
  const format = version4();
  const frames = [python("/a.py", "f", 1)];
  const chunks = [format.header(HEADER)];
  const tids = [7, ...Array.from({ length: 5000 }, (_, i) => 100_000 + i), 7, 7];
  for (const tid of tids) chunks.push(format.sample(sample(frames, { pid: 7, tid })));
  const { samples, repeats } = readMojo(bytesOf(chunks));
  assert.equal(samples.at(-1), "P7;T0:python3;/a.py:f:1 10012");
  assert.equal(repeats, 1);
});

const METRICS: readonly (readonly [mode: Mode, fields: Partial<Sample>, events: readonly number[]])[] = [
  ["wall", { idle: true, memory: 1 }, [9, 5]],
  ["cpu", { gc: true }, [7, 9, 5]],
  ["memory", { gc: true, memory: -131 }, [7, 10, 0xc3, 0x02]],
  ["full", {}, [9, 5, 10, 0]],
  ["full", { idle: true, gc: true, memory: 64 }, [7, 9, 5, 8, 10, 0x80, 0x01]],
];

Deno.test("mojoFormat() writes GC, then time, idleness and memory in this order, as the mode has them", () => {
  for (const [mode, fields, events] of METRICS) {
    const format = mojoFormat();
    format.header({ ...HEADER, mode });
    const bytes = [...format.sample(sample([], { pid: 1, tid: 1, time: 5, ...fields })) as Uint8Array];
    assert.deepEqual(bytes, [2, 1, 0, 0x31, 0, ...events], mode);
  }
});

const LONG_NAMES: readonly (readonly [name: string, written: string])[] = [
  ["x".repeat(1024), "x".repeat(1024)],
  ["x".repeat(1025), `${"x".repeat(1021)}…`],
  ["é".repeat(513), `${"é".repeat(510)}…`],
  ["€".repeat(342), `${"€".repeat(340)}…`],
  [`${"x".repeat(1018)}🐍🐍`, `${"x".repeat(1018)}…`],
];

Deno.test("mojoFormat() cuts strings that clients have no room for", () => {
  for (const [name, written] of LONG_NAMES) {
    const format = mojoFormat();
    const bytes = bytesOf([
      format.header(HEADER),
      format.sample(sample([python("a.py", name, 1)], { pid: 7, tid: 8 })),
    ]);
    assert.deepEqual(readMojo(bytes).samples, [`P7;T0:8;a.py:${written}:1 10012`]);
  }
});

const NUMBERS: readonly (readonly [number, readonly number[]])[] = [
  [0, [0x00]],
  [63, [0x3f]],
  [64, [0x80, 0x01]],
  [-131, [0xc3, 0x02]],
];

Deno.test("readVarint() of the tests reads Austin's numbers", () => {
  for (const [number, bytes] of NUMBERS) assert.equal(readVarint(new ByteReader(new Uint8Array(bytes))), number);
});
