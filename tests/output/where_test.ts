import assert from "node:assert/strict";
import { type WhereStyle, whereText } from "../../src/output/where.ts";
import type { Flaw, Stack } from "../../src/types.ts";
import { assertGolden } from "./golden.ts";
import { dump, kernel, native, python, SOURCE, stack, thread } from "./fixtures.ts";

const PLAIN = { colour: false, hideIdle: false };
const COLOURED = { colour: true, hideIdle: false };

Deno.test("whereText() lays a dump out in colours", () =>
  assertGolden("where_colour.txt", whereText(dump(), COLOURED)));

Deno.test("whereText() lays a dump out without colours", () =>
  assertGolden("where_plain.txt", whereText(dump(), PLAIN)));

Deno.test("whereText() has the same words with colours as without", () => {
  // deno-lint-ignore no-control-regex
  assert.equal(whereText(dump(), COLOURED).replace(/\x1b\[[0-9;]*m/g, ""), whereText(dump(), PLAIN));
});

Deno.test("whereText() uses Austin's codes", () => {
  const frames = [python("a.py", "f", 3), native("g"), kernel("h")];
  assert.equal(
    whereText({ ...dump(), threads: [thread(24, { stack: stack(frames) })] }, COLOURED),
    "\n\n🚀 Process \x1b[35;1m22\x1b[0m 🧵 Thread \x1b[34;1m0:24\x1b[0m\n\n" +
      "    \x1b[33;1mf\x1b[0m (\x1b[36;1ma.py\x1b[0m:\x1b[32;1m3\x1b[0m)\n" +
      "    \x1b[38;5;246mg\x1b[0m (\x1b[38;5;248;1mlibc.so.6\x1b[0m:\x1b[38;5;246m35\x1b[0m)\n" +
      "    \x1b[38;5;159mh\x1b[0m 🐧\n",
  );
});

Deno.test("whereText() shows the folders of binaries, and tells symbols in another way, on demand", () => {
  const frames = [native("_Z1fv"), native("libc.so.6+0x10", { named: false })];
  const lines = (style: Partial<WhereStyle>) =>
    whereText({ ...dump(), threads: [thread(24, { stack: stack(frames) })] }, { ...PLAIN, ...style }).split("\n").slice(
      4,
    );
  assert.deepEqual(lines({}), ["    _Z1fv (libc.so.6:35)", "    libc.so.6+0x10 (libc.so.6:35)", ""]);
  assert.deepEqual(lines({ fullPaths: true, nameOf: (symbol) => `<${symbol}>` }), [
    "    <_Z1fv> (/usr/lib/libc.so.6:35)",
    "    libc.so.6+0x10 (/usr/lib/libc.so.6:35)",
    "",
  ]);
});

Deno.test("whereText() shows the source lines of native frames, and marks inlined calls", () => {
  const text = textOf(stack([native("f", { source: SOURCE }), native("g", { source: SOURCE, inlined: true })]));
  assert.match(text, /^ {4}f \(\/src\/a;b:c\.c:12\)\n {4}g \(\/src\/a;b:c\.c:12\) \[inlined\]\n$/m);
});

Deno.test("whereText() marks a child process", () => {
  const marked = whereText(dump(), { ...PLAIN, isChild: true });
  assert.match(marked, /^💤🧒 Process 22 🧵 Thread 0:24$/m);
  assert.equal(marked.replaceAll("🧒", ""), whereText(dump(), PLAIN));
});

Deno.test("whereText() leaves idle threads out on demand, down to nothing", () => {
  const [idle] = dump().threads;
  assert.doesNotMatch(whereText(dump(), { colour: false, hideIdle: true }), /💤|0:24/);
  assert.equal(whereText({ ...dump(), threads: [idle] }, { colour: false, hideIdle: true }), "");
  assert.equal(whereText({ ...dump(), threads: [] }, PLAIN), "");
});

Deno.test("whereText() marks a thread that collects garbage by a last line of its own", () => {
  const frames = [python("a.py", "f", 3), kernel("h")];
  const text = whereText({ ...dump(), threads: [thread(24, { stack: stack(frames), gc: true })] }, PLAIN);
  assert.match(text, /\n {4}h 🐧\n {4}♻️ garbage is being collected\n$/);
});

const FLAWS: readonly (readonly [flaw: Flaw, words: RegExp])[] = [
  ["torn", /half-built/],
  ["unmatched", /do not fit together/],
  ["truncated", /could not be followed to its end/],
  ["blocked", /sleeps uninterruptibly/],
];

Deno.test("whereText() marks a thread that a signal has stopped, and none that waits", () => {
  const text = (state: string) =>
    whereText(
      { ...dump(), threads: [thread(24, { activity: { state, systemCall: null, waitChannel: null } })] },
      PLAIN,
    );
  assert.match(text("T"), /\n {4}⏸️ stopped by a signal, until SIGCONT\n$/);
  assert.doesNotMatch(text("S"), /stopped/);
});

Deno.test("whereText() says what is wrong with a stack that did not prove", async (t) => {
  for (const [flaw, words] of FLAWS) {
    await t.step(flaw, () => {
      const text = textOf(stack([], flaw));
      assert.match(text, words);
      assert.match(text, /^ {4}❗ .*\(proved 3 of 4 activations\)$/m);
    });
  }
});

Deno.test("whereText() never prints a control character that the target chose", () => {
  const evil = "\x1b]0;title\x07\x9b31m\r\n\u202e\u2028";
  const text = textOf(stack([python(evil, evil, 1), native(evil, { module: evil }), kernel(evil)]));
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]/);
  assert.equal(text.split("\n").length, 4 + 3 + 1);
});

function textOf(stack: Stack): string {
  return whereText({ ...dump(), threads: [thread(24, { stack })] }, PLAIN);
}

Deno.test("whereText() calls threads by their names on request, as Austin 4 does", () => {
  const threads = [
    thread(26, { name: "worker" }),
    thread(25, { name: "python3" }),
    thread(24, { name: "worker" }),
    thread(23, { name: "" }),
    thread(22, { name: "python3" }),
  ];
  const text = whereText({ ...dump(), threads }, { colour: false, hideIdle: false, threadNames: true });
  const labels = [...text.matchAll(/ 🧵 Thread (.*)\n/g)].map(([, label]) => label);
  assert.deepEqual(labels, ["0:worker-1a", "0:25", "0:worker", "0:23", "0:python3"]);
});

Deno.test("whereText() adds the names that threads have been given", () => {
  const threads = [
    thread(26, { pythonName: "Thread-1 (serve)" }),
    thread(25, { name: "io-3", pythonName: "reader\u009b" }),
    thread(24, { name: "openblas", pythonName: null }),
    thread(23, { name: "" }),
    thread(22, { pythonName: "MainThread" }),
  ];
  const text = whereText({ ...dump(), threads }, PLAIN);
  const labels = [...text.matchAll(/ 🧵 Thread (.*)\n/g)].map(([, label]) => label);
  assert.deepEqual(labels, ["0:26 (Thread-1 (serve))", "0:25 (reader\\x9b (io-3))", "0:24 (openblas)", "0:23", "0:22"]);
});
