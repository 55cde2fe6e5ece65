import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import { MojoReader } from "../../src/input/mojo.ts";
import { mojoFormat } from "../../src/output/mojo.ts";
import type { Frame } from "../../src/types.ts";
import { kernel, mark, native, python, sample, stack } from "../output/fixtures.ts";
import { header, read } from "./mojo_text.ts";

/** Events as numbers, text, and strings that end in a 0. */
type Field = number | readonly [varint: number] | string;

function varint(value: number): number[] {
  const bytes = [(value < 0 ? 64 : 0) + Math.abs(value) % 64];
  for (let rest = Math.floor(Math.abs(value) / 64); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] += 128;
    bytes.push(rest % 128);
  }
  return bytes;
}

/** A file: a number is a byte, a number in brackets a varint, and text ends in a 0. */
function file(version: number, ...events: readonly (readonly Field[])[]): Uint8Array {
  const fields = events.flat().flatMap((field) =>
    typeof field === "number"
      ? [field]
      : typeof field === "string"
      ? [...new TextEncoder().encode(field), 0]
      : varint(field[0])
  );
  return new Uint8Array([0x4d, 0x4f, 0x4a, ...varint(version), ...fields]);
}

type Event = readonly Field[];
const METADATA: Event = [1, "mode", "wall"];
const STACK3: Event = [2, [7], [0], "ff"];
const FILE: Event = [11, [2], "a.py"];
const SCOPE: Event = [11, [3], "f"];
const FRAME3: Event = [3, [1], [2], [3], [10], [11], [5], [9]];
const REF: Event = [5, [1]];
const TIME: Event = [9, [100]];
const NAMES: readonly Event[] = [FILE, SCOPE, FRAME3];

Deno.test("MojoReader reads each version", async (t) => {
  const rows: readonly (readonly [name: string, bytes: Uint8Array, lines: readonly string[]])[] = [
    ["1: no interpreter, no columns", file(1, [2, [7], "ff"], FILE, SCOPE, [3, [1], [2], [3], [10]], REF, TIME), [
      "P7;T0:255;a.py:f:10 100",
    ]],
    ["2: no interpreter", file(2, [2, [7], "ff"], FILE, SCOPE, FRAME3, REF, TIME), ["P7;T0:255;a.py:f:10 100"]],
    ["3", file(3, METADATA, [2, [7], [2], "ff"], ...NAMES, REF, TIME), ["# mode: wall", "P7;T2:255;a.py:f:10 100"]],
    ["3: all kinds of frame, and collecting", file(3, STACK3, ...NAMES, [4], REF, [6, "do_it"], [7], TIME), [
      "P7;T0:255;:INVALID:;a.py:f:10;kernel:do_it:0;:GC: 100",
    ]],
    [
      "3: the reserved name",
      file(3, STACK3, [11, [9], "native@7f00"], [3, [4], [9], [1], [0], [0], [0], [0]], [5, [4]], TIME),
      ["P7;T0:255;native@7f00:<unknown>:0 100"],
    ],
    ["3: a reference to a string by itself", file(3, STACK3, FILE, [12, [2]], TIME), ["P7;T0:255 100"]],
    [
      "3: keys by process",
      file(
        3,
        STACK3,
        ...NAMES,
        REF,
        TIME,
        [2, [8], [0], "1"],
        [11, [2], "b.py"],
        SCOPE,
        FRAME3,
        REF,
        TIME,
        STACK3,
        REF,
        TIME,
      ),
      ["P7;T0:255;a.py:f:10 100", "P8;T0:1;b.py:f:10 100", "P7;T0:255;a.py:f:10 100"],
    ],
    ["3: a key defined again", file(3, STACK3, ...NAMES, REF, TIME, STACK3, [11, [2], "b.py"], FRAME3, REF, TIME), [
      "P7;T0:255;a.py:f:10 100",
      "P7;T0:255;b.py:f:10 100",
    ]],
    ["3: memory", file(3, [1, "mode", "memory"], STACK3, [10, [-4096]], STACK3, [10, [131]]), [
      "# mode: memory",
      "P7;T0:255 -4096",
      "P7;T0:255 131",
    ]],
    ["3: full", file(3, [1, "mode", "full"], STACK3, TIME, [8], [10, [0]], STACK3, TIME, [10, [-131]]), [
      "# mode: full",
      "P7;T0:255 100,1,0",
      "P7;T0:255 100,0,-131",
    ]],
    ["3: metadata between samples", file(3, STACK3, TIME, [1, "map", "1-2 /a b"], STACK3, TIME), [
      "P7;T0:255 100",
      "# map: 1-2 /a b",
      "P7;T0:255 100",
    ]],
    ["4: thread names", file(4, [2, [7], [0], "Main; 1"], TIME, [2, [7], [0], "ff"], TIME), [
      "P7;T0:Main\\x3b 1 100",
      "P7;T0:255 100",
    ]],
    [
      "4: repeats all but the trailing native frames",
      file(
        4,
        STACK3,
        ...NAMES,
        [11, [4], "native@7f00"],
        [3, [2], [4], [3], [0], [0], [0], [0]],
        REF,
        [5, [2]],
        [6, "do_it"],
        TIME,
        STACK3,
        [13],
        [5, [2]],
        TIME,
        [2, [7], [0], "other"],
        [13],
        REF,
        TIME,
      ),
      [
        "P7;T0:255;a.py:f:10;native@7f00:f:0;kernel:do_it:0 100",
        "P7;T0:255;a.py:f:10;native@7f00:f:0 100",
        "P7;T0:other;a.py:f:10 100",
      ],
    ],
    ["4: tasks are passed over", file(4, STACK3, ...NAMES, REF, [14, [5], [2]], [15, [5], [6]], TIME), [
      "P7;T0:255;a.py:f:10 100",
    ]],
    ["nothing but a header", file(3), []],
  ];
  for (const [name, bytes, lines] of rows) {
    await t.step(name, () => {
      assert.deepEqual(read(bytes), { lines, error: null });
      assert.deepEqual(read(bytes, () => 1), { lines, error: null });
    });
  }
});

Deno.test("MojoReader gives frames back with all that MOJO has of them", () => {
  const frames: Frame[] = [
    native("_start", { pc: 0x55, offset: 8, module: "" }),
    { ...python("/srv/café.py", "f", 3), endLine: 4, column: 0, endColumn: 7 },
    python("a.py", "g", 0),
    native("libc.so.6+0x1f0", { pc: 2 ** 47 - 1, offset: 0, named: false, module: "" }),
    mark("gap"),
    kernel("futex_wait"),
    mark("invalid"),
  ];
  const format = mojoFormat();
  const one = sample(frames, { stack: stack(frames, "unmatched"), interpreter: 3, tid: 2 ** 31 - 1 });
  const reader = new MojoReader();
  const bytes = [header("wall"), format.sample(one) as Uint8Array];
  const recorded = [...bytes.flatMap((piece) => [...reader.read(piece)]), ...reader.end()];
  const last = recorded.at(-1)!;
  assert.ok(last.kind === "sample");
  assert.deepEqual(last.sample, { ...one, stack: { frames, proof: { expected: 0, matched: 0, flaw: "unmatched" } } });
});

Deno.test("MojoReader names the byte that it cannot read on from, and has given out what came before", async (t) => {
  const whole: readonly Event[] = [STACK3, ...NAMES, REF, TIME];
  const full: Event = [1, "mode", "full"];
  // What is right, what is wrong from its first byte on, and what is said of it.
  const rows: readonly (readonly [name: string, right: readonly Event[], wrong: readonly Event[], words: RegExp])[] = [
    ["unknown event", [STACK3, TIME], [[99]], /event 99 is not known/],
    ["event of a later version", [STACK3, TIME], [[13]], /event 13 is not one of version 3/],
    ["task of a later version", [STACK3, TIME], [[14]], /event 14 is not one of version 3/],
    ["unknown frame", [STACK3, TIME], [[5, [2]]], /frame 2 has not been defined/],
    ["unknown string", [STACK3, TIME], [[3, [2], [2], [9], [0], [0], [0], [0]]], /string 9 has not been defined/],
    ["thread that is no number", [STACK3, TIME], [[2, [7], [0], "x"]], /thread 'x' is not a number/],
    ["number too long", [STACK3, TIME], [[5, ...new Uint8Array(11).fill(0xff)]], /more than 64 bits/],
    ["no metric", [STACK3, TIME, STACK3, REF], [STACK3], /the sample before it has no metric/],
    ["no memory", [STACK3, TIME, full, STACK3, TIME], [STACK3], /the sample before it has no metric/],
    ["cut off in an event", [STACK3, TIME], [[2, [7], [0]]], /ends in the middle of an event/],
    ["cut off in a sample", [STACK3, TIME, STACK3, REF], [], /ends in the middle of a sample/],
  ];
  for (const [name, right, wrong, words] of rows) {
    await t.step(name, () => {
      const before = file(3, ...whole, ...right);
      const bytes = file(3, ...whole, ...right, ...wrong);
      for (const pieces of [() => bytes.length, () => 1]) {
        const { lines, error } = read(bytes, pieces);
        assert.ok(error instanceof InputError);
        assert.match(error.message, words);
        assert.equal(error.message.indexOf(`Cannot read MOJO at byte ${before.length}: `), 0);
        assert.equal(error.offset, before.length);
        assert.equal(lines[0], "P7;T0:255;a.py:f:10 100");
      }
    });
  }
  const { error } = read(file(4, ...whole, STACK3, [13], [13], TIME));
  assert.ok(error instanceof InputError && /a stack is repeated twice/.test(error.message));
});

Deno.test("MojoReader refuses what is no MOJO, and versions that it does not know", () => {
  const rows: readonly (readonly [bytes: Uint8Array, words: RegExp])[] = [
    [new TextEncoder().encode("# austin: 3.7.0\n"), /at byte 0: it does not begin with "MOJ"/],
    [new Uint8Array(0), /at byte 0: it ends before its version/],
    [new Uint8Array([0x4d, 0x4f, 0x4a]), /at byte 0: it ends before its version/],
    [file(0), /version 0 is not known; 1 to 4 are/],
    [file(5), /version 5 /],
    [new TextEncoder().encode("MOJO\x03"), /version -15 /],
    [file(3, TIME), /it belongs to no sample/],
    [file(3, FILE), /it belongs to no sample/],
  ];
  for (const [bytes, words] of rows) {
    const { lines, error } = read(bytes);
    assert.deepEqual(lines, []);
    assert.ok(error instanceof InputError);
    assert.match(error.message, words);
  }
});

Deno.test("MojoReader does not collect what does not end", () => {
  const reader = new MojoReader();
  const piece = new Uint8Array(2 ** 20).fill(0x61);
  assert.deepEqual([...reader.read(file(3, [1]))], []);
  assert.throws(() => {
    for (let i = 0; i < 10; i++) assert.deepEqual([...reader.read(piece)], []);
  }, /at byte 4: an event does not end/);
});
