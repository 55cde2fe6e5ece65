import assert from "node:assert/strict";
import { CollapsedFormatter } from "../../src/output/collapsed.ts";
import type { Frame, Mode, Sample } from "../../src/types.ts";
import { assertGolden } from "./golden.ts";
import { dump, kernel, mark, native, python, sample, SOURCE, stack } from "./fixtures.ts";

const FRAMES: readonly (readonly [name: string, frame: Frame, text: string])[] = [
  ["Python", python("a.py", "C.f", 3), "a.py:C.f:3"],
  ["Python, colon in the file", python("c:/a.py", "f", 3), "c:/a.py:f:3"],
  ["Python, semicolon in the file", python("a;b.py", "f", 3), "a\\x3bb.py:f:3"],
  ["Python, colon in the name", python("a.py", "f:g", 3), "a.py:f\\x3ag:3"],
  ["Python, newline in the name", python("a.py", "f\ng\x1b[0m", 3), "a.py:f\\x0ag\\x1b[0m:3"],
  ["Python, line separator", python("a\u2028.py", "f", 3), "a\\u2028.py:f:3"],
  ["Python, undecodable byte", python("a\udcff.py", "f", 3), "a\\udcff.py:f:3"],
  ["Python, beyond Latin-1", python("τ.py", "мир", 3), "τ.py:мир:3"],
  ["Python, beyond 16 bits", python("𝒳.py", "🚀", 3), "𝒳.py:🚀:3"],
  ["Python, blanks", python("my file.py", "<genexpr>", 0), "my file.py:<genexpr>:0"],
  ["native", native("clock_nanosleep"), "native@7f3a13eed503:clock_nanosleep:35"],
  ["native, above 2^32", native("f", { pc: 2 ** 47 - 1 }), "native@7fffffffffff:f:35"],
  ["native, C++", native("a::f(int; char)"), "native@7f3a13eed503:a\\x3a\\x3af(int\\x3b char):35"],
  ["native, with its line", native("f", { source: SOURCE }), "/src/a\\x3bb:c.c:f:12"],
  ["native, inlined", native("a::f", { source: SOURCE, inlined: true }), "/src/a\\x3bb:c.c:a\\x3a\\x3af_[i]:12"],
  ["native, no symbol", native("libc.so.6+0x2b", { named: false, offset: 0 }), "native@7f3a13eed503:libc.so.6+0x2b:0"],
  ["kernel", kernel("do_syscall_64"), "kernel:do_syscall_64:0"],
  ["mark, invalid", mark("invalid"), ":INVALID:"],
  ["mark, truncated", mark("truncated"), ":INVALID:"],
];

Deno.test("CollapsedFormatter.line() writes each kind of frame", async (t) => {
  for (const [name, frame, text] of FRAMES) {
    await t.step(name, () => {
      assert.equal(new CollapsedFormatter().line(sample([frame])), `P22;T0:24;${text} 10012\n`);
    });
  }
});

Deno.test("CollapsedFormatter.line() leaves frames that readers can split, whatever the names", () => {
  const line = new CollapsedFormatter().line(sample([python("a;b:c\n", "d;e:f\r", 3), native("g;h:i\u2029")]));
  const [head, rest] = [line.slice(0, line.lastIndexOf(" ")), line.slice(line.lastIndexOf(" "))];
  assert.equal(rest, " 10012\n");
  const frames = head.split(";").slice(2).map((frame) => /^(.*):(.*):(\d+)$/.exec(frame)?.slice(1));
  assert.deepEqual(frames, [["a\\x3bb:c\\x0a", "d\\x3be\\x3af\\x0d", "3"], [
    "native@7f3a13eed503",
    "g\\x3bh\\x3ai\\u2029",
    "35",
  ]]);
});

const HEADS: readonly (readonly [name: string, fields: Partial<Sample>, text: string])[] = [
  ["no frame", { tid: 22, time: 912 }, "P22;T0:22 912\n"],
  ["sub-interpreter", { interpreter: 3 }, "P22;T3:24 10012\n"],
  ["rounded time", { time: 99.5 }, "P22;T0:24 100\n"],
  [
    "flaw without a mark",
    { stack: stack([python("a.py", "f", 3)], "unmatched") },
    "P22;T0:24;:INVALID:;a.py:f:3 10012\n",
  ],
  ["flaw with a mark", { stack: stack([mark("invalid")], "torn") }, "P22;T0:24;:INVALID: 10012\n"],
  [
    "collecting garbage",
    { gc: true, stack: stack([python("a.py", "f", 3), kernel("h")]) },
    "P22;T0:24;a.py:f:3;kernel:h:0;:GC: 10012\n",
  ],
  ["long time", { time: 3.6e9 * 24 * 365 }, "P22;T0:24 31536000000000\n"],
];

Deno.test("CollapsedFormatter.line() names process, interpreter and thread, and ends in the time", async (t) => {
  for (const [name, fields, text] of HEADS) {
    await t.step(name, () => assert.equal(new CollapsedFormatter().line(sample([], fields)), text));
  }
});

const METRICS: readonly (readonly [mode: Mode, fields: Partial<Sample>, text: string])[] = [
  ["wall", { idle: true, memory: 4096 }, "10012"],
  ["cpu", { memory: 4096 }, "10012"],
  ["memory", { memory: 4096 }, "4096"],
  ["memory", { memory: -52_428_800 }, "-52428800"],
  ["full", { memory: -4096 }, "10012,0,-4096"],
  ["full", { idle: true }, "10012,1,0"],
];

Deno.test("CollapsedFormatter.line() ends in the metrics of the mode", () => {
  for (const [mode, fields, text] of METRICS) {
    assert.equal(new CollapsedFormatter(mode).line(sample([], fields)), `P22;T0:24 ${text}\n`);
  }
});

Deno.test("CollapsedFormatter.line() keeps the frames outermost first, the same at every call", () => {
  const formatter = new CollapsedFormatter();
  const lines = dump().threads.map(({ stack, tid }) => sample(stack.frames, { tid }))
    .flatMap((each) => [formatter.line(each), formatter.line(each)]);
  assertGolden("collapsed.txt", lines.join(""));
});
