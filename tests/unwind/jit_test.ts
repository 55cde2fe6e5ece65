/** Names of code that a program makes: what it writes, bit by bit, and what must not be believed. */

import assert from "node:assert/strict";
import { readMaps } from "../../src/kernel/maps.ts";
import { CodeRanges } from "../../src/unwind/jit/code_ranges.ts";
import { JitNames, type Writer } from "../../src/unwind/jit/jit_names.ts";
import type { Mapping } from "../../src/types.ts";
import { memoryOf, temporaryFolder } from "./support.ts";

const PID = 4321;

/** This process, in a root of its own with an empty /tmp. */
class Scene implements Disposable {
  readonly #folder = temporaryFolder();
  readonly #memory = memoryOf(Deno.pid);
  readonly map = `${this.#folder.path}/tmp/perf-${PID}.map`;
  readonly dump = `${this.#folder.path}/tmp/jit-${PID}.dump`;
  readonly folder = this.#folder.path;
  mappings: Mapping[] = [];
  #time = 0;

  constructor() {
    Deno.mkdirSync(`${this.folder}/tmp`);
  }

  names(fields: Partial<Writer> = {}): JitNames {
    return new JitNames({
      pid: Deno.pid,
      namespacePid: PID,
      user: Deno.uid()!,
      root: this.folder,
      readMaps: () => this.mappings,
      readMemory: this.#memory,
      ...fields,
    }, () => this.#time += 10_000_000);
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}

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

/** A record of a jitdump. */
function record(id: number, numbers: readonly number[], name = ""): Uint8Array {
  const text = new TextEncoder().encode(name === "" ? "" : `${name}\0code`);
  const bytes = new Uint8Array(16 + 8 + numbers.length * 8 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id, true);
  view.setUint32(4, bytes.length, true);
  numbers.forEach((number, i) => view.setBigUint64(24 + 8 * i, BigInt(number), true));
  bytes.set(text, bytes.length - text.length);
  return bytes;
}

const HEADER = (() => {
  const view = new DataView(new ArrayBuffer(40));
  view.setUint32(0, 0x4a695444, true);
  view.setUint32(4, 1, true);
  view.setUint32(8, 40, true);
  return new Uint8Array(view.buffer);
})();

/** Has the scene's process map the dump. */
function mapDump(scene: Scene): void {
  const { ino, dev } = Deno.statSync(scene.dump);
  const [mapping] = readMaps(Deno.pid);
  const device = `${Math.floor(dev / 256).toString(16)}:${(dev % 256).toString(16)}`;
  scene.mappings = [{ ...mapping, path: scene.dump, inode: ino!, device, offset: 0, executable: true }];
}

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
