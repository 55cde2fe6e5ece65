import assert from "node:assert/strict";
import { InputError } from "../../../src/errors.ts";
import { movedText, parseSaved } from "../../../src/output/diff/moved.ts";
import { whereJson } from "../../../src/output/where_json.ts";
import { dump, kernel, native, python, stack, thread } from "../fixtures.ts";

const MAIN = [native("_start"), python("a.py", "main", 1)];

Deno.test("movedText() tells which threads do something else, came or ended, as JSON had them", () => {
  const child = { ...dump(), pid: 30, parent: 22 };
  const before = {
    ...dump(),
    threads: [
      thread(24, { stack: stack([...MAIN, python("a.py", "f", 3), kernel("do_futex")]) }),
      thread(23, { stack: stack(MAIN) }),
      thread(22, { stack: stack(MAIN) }),
    ],
  };
  const after = {
    ...dump(),
    threads: [
      thread(25, { name: "new\none", stack: stack(MAIN) }),
      thread(24, { stack: stack([...MAIN, python("a.py", "f", 4)]) }),
      thread(22, { stack: stack(MAIN) }),
    ],
  };
  const saved = parseSaved(whereJson([child, before], { hideIdle: false }));
  const text = [
    ["", "Process 22 thread 25 new\\x0aone: new", "  + _start (/usr/lib/libc.so.6:35)", "  + main (a.py:1)"],
    ["", "Process 22 thread 24 python3: moved", "    2 frames as before, to main (a.py:1)", "  - f (a.py:3)"],
    [
      "  - do_futex (kernel)",
      "  + f (a.py:4)",
      "",
      "Process 22 thread 23: ended",
      "",
      "Process 30: not there any more",
    ],
    ["", "1 thread where it was", ""],
  ].flat().join("\n");
  assert.equal(movedText(saved, [after]), text);
  assert.match(movedText(saved, [child, before]), /^\n6 threads where they were\n$/);
});

Deno.test("movedText() finds a dump of each kind of frame where it was", () => {
  const saved = parseSaved(whereJson([dump()], { hideIdle: false, nameOf: (symbol) => `${symbol}!` }));
  assert.equal(movedText(saved, [dump()]), "\n3 threads where they were\n");
});

Deno.test("parseSaved() refuses what -w --json has not written", () => {
  for (const text of ["", "{", "[]", "{}", '{"processes":[1]}', '{"processes":[{"pid":1,"threads":[{}]}]}', "null"]) {
    assert.throws(() => parseSaved(text), InputError, text);
  }
});
