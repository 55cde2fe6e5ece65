/** Names of code that a program makes: what it writes, bit by bit, and what must not be believed. */

import assert from "node:assert/strict";
import { CodeRanges } from "../../src/unwind/jit/code_ranges.ts";
import type { Writer } from "../../src/unwind/jit/jit_source.ts";
import { Random } from "../support/random.ts";
import { JIT_NAMES } from "./fuzz_jit.ts";
import { HEADER, mapDump, PID, record, Scene } from "./jit_scene.ts";

Deno.test("CodeRanges finds the newest piece that holds an address", () => {
  const ranges = new CodeRanges();
  const add = (name: string, start: number, size: number) => ranges.add({ name, start }, size);
  add("whole", 0x10000, 0x1000000);
  add("old", 0x20ff0, 0x20);
  add("new", 0x21000, 0x8);
  const at = (address: number) => ranges.find(address)?.name ?? null;
  assert.deepEqual([0xffff, 0x10000, 0x20ff0, 0x20fff, 0x21000, 0x21008, 0x21010, 0x1010000].map(at), [
    null,
    "whole",
    "old",
    "old",
    "new",
    "old",
    "whole",
    null,
  ]);
  add("over all", 0x10000, 0x1000000);
  assert.equal(at(0x21000), "over all");
  for (const [start, size] of [[-1, 5], [NaN, 5], [5, NaN], [5, 0], [2 ** 47, 1], [0, 2 ** 60]]) {
    add("bad", start, size);
  }
  assert.deepEqual([0, 4, 6, 2 ** 47].map(at), [null, null, null, null]);
});

Deno.test("JitNames reads a perf map as it grows", () => {
  using scene = new Scene();
  const names = scene.names();
  assert.equal(names.refresh(), false);
  Deno.writeTextFileSync(
    scene.map,
    "7f0000001000 40 py::work:/srv/a b.py\n0x7f0000002000 0x10 f\nrubbish\n7f00 zz g\n7f00000030",
  );
  assert.equal(names.refresh(), true);
  assert.deepEqual(names.find(0x7f000000103f), {
    name: "py::work:/srv/a b.py",
    start: 0x7f0000001000,
    file: `/tmp/perf-${PID}.map`,
  });
  assert.deepEqual([0x7f0000001040, 0x7f0000002008, 0x7f0000003000].map((at) => names.find(at)?.name), [
    undefined,
    "f",
    undefined,
  ]);
  assert.equal(names.refresh(), false);
  Deno.writeTextFileSync(scene.map, "00 20 late\n7f0000002000 10 g\n", { append: true });
  assert.equal(names.refresh(), true);
  assert.deepEqual([0x7f0000003008, 0x7f0000002008].map((at) => names.find(at)?.name), ["late", "g"]);
  Deno.writeTextFileSync(scene.map, "7f0000005000 10 anew\n");
  assert.equal(names.refresh(), true);
  assert.deepEqual([0x7f0000005000, 0x7f0000002008].map((at) => names.find(at)?.name), ["anew", undefined]);
});

Deno.test("JitNames does not read a perf map that the program cannot have written", async (t) => {
  const line = "7f0000001000 40 f\n";
  const rows: [string, (scene: Scene) => void, Partial<Writer>][] = [
    ["of another user", ({ map }) => Deno.writeTextFileSync(map, line), { user: 12345 }],
    ["a folder", ({ map }) => Deno.mkdirSync(map), {}],
    ["a device", ({ map }) => Deno.symlinkSync("/dev/zero", map), {}],
    ["out of the program's root", ({ map, folder }) => {
      Deno.writeTextFileSync(`${folder}/real`, line);
      Deno.symlinkSync(`${folder}/real`, map);
    }, {}],
  ];
  for (const [name, put, fields] of rows) {
    await t.step(name, () => {
      using scene = new Scene();
      put(scene);
      const names = scene.names(fields);
      assert.equal(names.refresh(), false);
      assert.equal(names.find(0x7f0000001000), null);
    });
  }
});

Deno.test("JitNames reads a jitdump as it grows", () => {
  using scene = new Scene();
  const names = scene.names({ root: "" });
  const load = (start: number, index: number, name: string) => record(0, [start, start, 0x40, index], name);
  const [last, rest] = [load(0x7f0000004000, 4, "late"), 30];
  const parts = [HEADER, load(0x7f0000001000, 1, "py::work:/a.py"), record(7, [1, 2]), load(0x7f0000002000, 2, "g")];
  const bytes = [...parts, record(1, [0, 0x7f0000002000, 0x7f0000003000, 0x40, 2]), last].map((part) => [...part])
    .flat();
  Deno.writeFileSync(scene.dump, new Uint8Array(bytes.slice(0, -rest)));
  assert.equal(names.refresh(), false);
  mapDump(scene);
  assert.equal(names.refresh(), true);
  const at = (address: number) => names.find(address)?.name;
  assert.deepEqual([0x7f0000001004, 0x7f000000203f, 0x7f0000003000, 0x7f0000003040, 0x7f0000004000].map(at), [
    "py::work:/a.py",
    "g",
    "g",
    undefined,
    undefined,
  ]);
  assert.equal(names.find(0x7f0000001000)?.file, scene.dump);
  Deno.writeFileSync(scene.dump, new Uint8Array(bytes));
  assert.equal(names.refresh(), true);
  assert.equal(at(0x7f0000004000), "late");
  assert.equal(names.refresh(), false);
});

Deno.test("JitNames leaves a malformed jitdump alone", async (t) => {
  const huge = record(0, [1, 2, 3, 4], "f");
  new DataView(huge.buffer).setUint32(4, 0xffffffff, true);
  const tiny = record(0, [1, 2, 3, 4], "f");
  new DataView(tiny.buffer).setUint32(4, 3, true);
  const rows: [string, Uint8Array[]][] = [
    ["empty", []],
    ["cut in its header", [HEADER.subarray(0, 20)]],
    ["another kind of file", [new Uint8Array(400).fill(7)]],
    ["a record beyond its end", [HEADER, huge]],
    ["a record that does not advance", [HEADER, tiny, tiny]],
    ["a record without its fields", [HEADER, record(0, [])]],
    ["2^60 bytes of code", [HEADER, record(0, [1, 0x7f0000001000, 2 ** 60, 1], "f")]],
  ];
  for (const [name, parts] of rows) {
    await t.step(name, () => {
      using scene = new Scene();
      Deno.writeFileSync(scene.dump, new Uint8Array(parts.map((part) => [...part]).flat()));
      mapDump(scene);
      const names = scene.names({ root: "" });
      names.refresh();
      names.refresh();
      assert.equal(names.find(0x7f0000001000), null);
    });
  }
});

Deno.test("JitNames reads damaged perf maps and jitdumps as far as it can", async () => {
  const outcome = await JIT_NAMES.run(1000, new Random(5));
  for (const one of ["some names", "no name"]) assert.ok(outcome.count(one) > 0, `never ${one}: ${outcome}`);
});
