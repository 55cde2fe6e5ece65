import assert from "node:assert/strict";
import { whereJson } from "../../src/output/where_json.ts";
import { violations } from "../support/json_schema.ts";
import { dump, kernel, mark, native, python, stack, thread } from "./fixtures.ts";

const SCHEMA = JSON.parse(Deno.readTextFileSync(new URL("../../docs/where.schema.json", import.meta.url)));
const PLAIN = { hideIdle: false, nameOf: (symbol: string) => symbol };

Deno.test("whereJson() writes what its schema says", () => {
  const frames = [
    native("_Z1fv", { source: { file: "f.cc", function: "", line: 3 }, inlined: true }),
    native("x+0x10", { named: false, offset: 0 }),
    { ...python("τ.py", "f", 3), endLine: 4, column: 0, endColumn: 7 },
    python("a.py", "<module>", 1),
    kernel("do_futex"),
    ...(["invalid", "truncated", "gap"] as const).map(mark),
  ];
  const activity = {
    state: "S",
    systemCall: { number: 202, name: "futex", arguments: ["0x7f12", "0x189", "0x0", "0x0", "0x0", "0xffffffff"] },
    waitChannel: "futex_wait_queue",
  };
  const child = {
    ...{ ...dump(), pid: 23, parent: 22, time: 0, buildIds: new Map([["/usr/lib/libc.so.6", "ab12"]]) },
    threads: [
      thread(23, { stack: stack(frames, "unmatched"), activity }),
      thread(24, { activity: { state: "R", systemCall: null, waitChannel: null } }),
    ],
  };
  const dumps = [{ ...dump(), pid: 21, parent: 23 }, child, dump()];
  const text = whereJson(dumps, { ...PLAIN, nameOf: (symbol) => symbol === "_Z1fv" ? "f()" : symbol });
  const json = JSON.parse(text);
  assert.deepEqual(violations(json, SCHEMA), []);
  assert.deepEqual(json.processes.map(({ pid }: { pid: number }) => pid), [22]);
  const [{ pid, time, threads, children: [grandchild] }] = json.processes[0].children;
  assert.deepEqual([pid, time, grandchild.pid], [23, "1970-01-01T00:00:00.000Z", 21]);
  assert.equal(
    whereJson(dumps, { ...PLAIN, isLine: true }).indexOf("\n") + 1,
    whereJson(dumps, { ...PLAIN, isLine: true }).length,
  );
  const [first, second] = threads;
  assert.deepEqual([first.state, first.system_call, first.wait_channel], [
    "S",
    activity.systemCall,
    "futex_wait_queue",
  ]);
  assert.deepEqual([second.state, second.system_call, second.wait_channel], ["R", null, null]);
  assert.deepEqual(first.proof, { expected: 4, matched: 3, flaw: "unmatched" });
  assert.deepEqual(first.frames.slice(0, 3), [
    {
      ...{ kind: "native", function: "_Z1fv", pc: "0x7f3a13eed503", offset: 35, module: "/usr/lib/libc.so.6" },
      ...{ file: "f.cc", line: 3, inlined: true, build_id: "ab12", name: "f()" },
    },
    {
      ...{ kind: "native", function: "x+0x10", pc: "0x7f3a13eed503", offset: 0, module: "/usr/lib/libc.so.6" },
      build_id: "ab12",
    },
    { kind: "python", function: "f", file: "τ.py", line: 3, end_line: 4, column: 0, end_column: 7 },
  ]);
});

Deno.test("whereJson() leaves out idle threads where that is asked for", () => {
  const tids = (hideIdle: boolean) =>
    JSON.parse(whereJson([dump()], { ...PLAIN, hideIdle })).processes[0].threads.map(({ tid }: { tid: number }) => tid);
  assert.deepEqual([tids(false), tids(true)], [[24, 23, 22], [23, 22]]);
});

Deno.test("the schema refuses what whereJson() does not write", () => {
  const json = JSON.parse(whereJson([dump()], PLAIN));
  json.processes[0].threads[0].frames[0].kind = "other";
  json.processes[0].pid = "22";
  delete json.processes[0].python;
  assert.equal(violations(json, SCHEMA).length, 3);
});
