/** What is kept of a file's symbols is used only where it is what the file itself would give. */
import assert from "node:assert/strict";
import { buildId } from "../../src/unwind/build_id.ts";
import { cacheFolder } from "../../src/unwind/disk_cache.ts";
import { openRegular } from "../../src/unwind/mapped_file.ts";
import { ModuleFile } from "../../src/unwind/module_file.ts";
import { SymbolCache, type SymbolKey } from "../../src/unwind/symbols/symbol_cache.ts";
import type { SymbolRows } from "../../src/unwind/symbols/symbol_rows.ts";
import { Random } from "../support/random.ts";
import "../support/shim.ts";
import { elfOf, run, temporaryFolder } from "./support.ts";

const KEY: SymbolKey = { buildId: "abcd1234", sections: [64, 3, 100] };
const ROWS: SymbolRows = {
  starts: Float64Array.of(16, 32, 2 ** 40),
  ends: Float64Array.of(64, 48, 2 ** 40 + 1),
  enclosing: Int32Array.of(-1, 0, -1),
  names: Uint32Array.of(1, 5, 9),
  kinds: Uint8Array.of(18, 2, 18),
  sources: Uint8Array.of(0, 0, 1),
};

/** A cache in a folder of its own that holds ROWS, and the file that it keeps them in. */
function filledCache(): Disposable & { cache: SymbolCache; folder: string; path: string } {
  const parent = temporaryFolder();
  const folder = `${parent.path}/a/symbols`;
  const cache = new SymbolCache(folder);
  cache.write(KEY, ROWS);
  return { cache, folder, path: `${folder}/${KEY.buildId}.symbols`, [Symbol.dispose]: () => parent[Symbol.dispose]() };
}

Deno.test("SymbolCache gives what it was given, from a folder and files that are our own alone", () => {
  using filled = filledCache();
  assert.deepEqual(filled.cache.read(KEY), ROWS);
  assert.deepEqual([...Deno.readDirSync(filled.folder)].map(({ name }) => name), ["abcd1234.symbols"]);
  assert.equal(Deno.statSync(filled.folder).mode! & 0o777, 0o700);
  assert.equal(Deno.statSync(filled.path).mode! & 0o777, 0o600);
});

Deno.test("SymbolCache gives nothing for another build-id, other sections, or a name that leads elsewhere", () => {
  using filled = filledCache();
  const others: SymbolKey[] = [
    { ...KEY, buildId: "abcd1235" },
    { ...KEY, sections: [64, 3, 101] },
    { ...KEY, sections: [64, 3] },
    { ...KEY, buildId: "../symbols/abcd1234" },
  ];
  Deno.copyFileSync(filled.path, filled.path.replace("abcd1234", "abcd1235"));
  for (const key of others) assert.equal(filled.cache.read(key), null, JSON.stringify(key));
});

Deno.test("SymbolCache gives nothing where any byte of the file was changed, cut off or added", () => {
  using filled = filledCache();
  const good = Deno.readFileSync(filled.path);
  const random = new Random(1);
  const check = (bytes: Uint8Array, what: string) => {
    Deno.writeFileSync(filled.path, bytes);
    assert.equal(filled.cache.read(KEY), null, what);
  };
  for (let at = 0; at < good.length; at++) {
    const bad = good.slice();
    bad[at] ^= 1 + random.below(255);
    check(bad, `changed at ${at}`);
  }
  for (let size = 0; size < good.length; size++) check(good.subarray(0, size), `cut at ${size}`);
  for (const more of [1, 4, 8, 4096]) check(new Uint8Array([...good, ...new Uint8Array(more)]), `${more} more`);
  check(new Uint8Array(4096).fill(0xff), "garbage");
  filled.cache.write(KEY, ROWS);
  assert.deepEqual(filled.cache.read(KEY), ROWS);
});

Deno.test("SymbolCache does nothing where there is no place for it", async (t) => {
  const places: [string, (folder: string) => string][] = [
    ["a file is in the way", (folder) => {
      Deno.writeTextFileSync(`${folder}/austinp`, "");
      return `${folder}/austinp/symbols`;
    }],
    ["a link is", (folder) => {
      Deno.mkdirSync(`${folder}/elsewhere`);
      Deno.symlinkSync(`${folder}/elsewhere`, `${folder}/symbols`);
      return `${folder}/symbols`;
    }],
    ["nothing can be written", () => "/proc/austinp/symbols"],
  ];
  for (const [name, place] of places) {
    await t.step(name, () => {
      using folder = temporaryFolder();
      const cache = new SymbolCache(place(folder.path));
      cache.write(KEY, ROWS);
      assert.equal(cache.read(KEY), null);
    });
  }
});

Deno.test("SymbolCache does not trust the file of somebody else, nor what is no file", () => {
  using filled = filledCache();
  if (Deno.uid() === 0) {
    Deno.chownSync(filled.path, 1, 1);
    assert.equal(filled.cache.read(KEY), null);
  } else console.log("skipped: only root can give a file away");
  Deno.removeSync(filled.path);
  Deno.mkdirSync(filled.path);
  assert.equal(filled.cache.read(KEY), null);
});

Deno.test("SymbolCache keeps what was used last, within its bound, and leaves other files alone", () => {
  using filled = filledCache();
  const { size } = Deno.statSync(filled.path);
  const cache = new SymbolCache(filled.folder, { maxTotal: 3 * size });
  Deno.writeTextFileSync(`${filled.folder}/notes`, "mine");
  const keys = Array.from({ length: 5 }, (_, i) => ({ ...KEY, buildId: `beef000${i}` }));
  const age = (key: SymbolKey, seconds: number) =>
    Deno.utimeSync(`${filled.folder}/${key.buildId}.symbols`, seconds, seconds);
  age(KEY, 1);
  for (const [i, key] of keys.entries()) {
    cache.write(key, ROWS);
    if (i < 4) age(key, 10 + i);
    if (i === 3) cache.read(keys[1]);
  }
  const kept = keys.filter((key) => cache.read(key) !== null).map(({ buildId }) => buildId);
  assert.deepEqual(kept, ["beef0001", "beef0003", "beef0004"]);
  assert.equal(Deno.readTextFileSync(`${filled.folder}/notes`), "mine");
});

Deno.test("cacheFolder() is below XDG_CACHE_HOME, or HOME, or nowhere", () => {
  const folder = (variables: Record<string, string>) => cacheFolder("symbols", (name) => variables[name]);
  assert.equal(folder({ XDG_CACHE_HOME: "/c", HOME: "/h" }), "/c/austinp/symbols");
  assert.equal(folder({ XDG_CACHE_HOME: "", HOME: "/h" }), "/h/.cache/austinp/symbols");
  assert.equal(folder({ HOME: "" }), null);
  assert.equal(folder({ XDG_CACHE_HOME: "relative" }), null);
});

/** A library of so many functions that what is worked out of them is kept. */
function largeLibrary(folder: string): string {
  const path = `${folder}/large.so`;
  const lines = Array.from({ length: 40_000 }, (_, i) => `f${i}: nop\n.type f${i}, @function\n.size f${i}, 1\n`);
  Deno.writeTextFileSync(`${path}.s`, `.text\n${lines.join("")}.globl f7\n.section .note.GNU-stack,"",@progbits\n`);
  run("gcc", "-shared", "-nostdlib", "-Wl,--build-id", "-o", path, `${path}.s`);
  return path;
}

Deno.test("names are the same with what was kept, without it, and where it was damaged", () => {
  using folder = temporaryFolder();
  const path = largeLibrary(folder.path);
  const kept = `${folder.path}/cache/${buildId(elfOf(path))}.symbols`;
  const names = (symbolCache?: SymbolCache) => {
    using file = new ModuleFile(openRegular(path)!, { path, symbolCache });
    const start = file.find("f7")! - 7;
    return Array.from({ length: 500 }, (_, i) => file.names.lookup(start + 80 * i, null)?.name);
  };
  const expected = Array.from({ length: 500 }, (_, i) => `f${80 * i}`);
  assert.deepEqual(names(), expected);
  const cache = new SymbolCache(`${folder.path}/cache`);
  assert.deepEqual(names(cache), expected);
  const { size } = Deno.statSync(kept);
  Deno.utimeSync(kept, 1, 1);
  assert.deepEqual(names(cache), expected);
  assert.ok(Deno.statSync(kept).mtime!.getTime() > 1000, "it was used");
  Deno.truncateSync(kept, size / 2);
  assert.deepEqual(names(cache), expected);
  assert.equal(Deno.statSync(kept).size, size);
});
