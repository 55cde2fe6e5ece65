/** Lines that were kept are those that libbfd told, or they are not used. */
import assert from "node:assert/strict";
import { buildId } from "../../../src/unwind/build_id.ts";
import { LineCache, type LineKey, type Lines } from "../../../src/unwind/lines/line_cache.ts";
import { LineTable } from "../../../src/unwind/lines/line_table.ts";
import { elfOf, temporaryFolder } from "../support.ts";
import { codeAddresses, compile } from "./corpus.ts";
import "./loaded.ts";

const LINES: Lines = new Map([
  [16, [{ file: "a.c", function: "inlined", line: 3 }, { file: "a.c", function: "f", line: 9 }]],
  [32, []],
]);

/** A cache in a folder of its own, and a key of a file there. */
function emptyCache(): Disposable & { cache: LineCache; folder: string; key: LineKey; path: string } {
  const parent = temporaryFolder();
  const file = { path: `${parent.path}/module`, alternate: null };
  Deno.writeTextFileSync(file.path, "some bytes");
  const folder = `${parent.path}/lines`;
  return {
    ...{ cache: new LineCache(folder), folder, key: { buildId: "abcd1234", file }, path: `${folder}/abcd1234.lines` },
    [Symbol.dispose]: () => parent[Symbol.dispose](),
  };
}

Deno.test("LineCache gives what it was given, and nothing of other files", () => {
  using empty = emptyCache();
  const { cache, key, folder } = empty;
  assert.deepEqual(cache.read(key), new Map());
  cache.write(key, LINES);
  assert.deepEqual(cache.read(key), LINES);

  Deno.copyFileSync(empty.path, `${folder}/abcd1235.lines`);
  assert.deepEqual(cache.read({ ...key, buildId: "abcd1235" }), new Map(), "another build-id");
  const alternate = { ...key.file, alternate: key.file.path };
  assert.deepEqual(cache.read({ ...key, file: alternate }), new Map(), "with a shared file");
  Deno.writeTextFileSync(key.file.path, "more", { append: true });
  assert.deepEqual(cache.read(key), new Map(), "another size");
});

Deno.test("LineCache gives nothing of what is damaged", () => {
  using empty = emptyCache();
  const { cache, key, path } = empty;
  cache.write(key, LINES);
  const good = Deno.readTextFileSync(path);
  const line = `{"file":"a.c","function":"f","line":9}`;
  assert.ok(good.includes(line));
  const damaged = [
    good.slice(0, -1),
    "",
    "null",
    "{}",
    ...["null", "7", `{"file":"a.c","line":9}`, `{"file":1,"function":"f","line":9}`].map((bad) =>
      good.replace(line, bad)
    ),
    good.replace("[16,", `["16",`),
    good.replace("[16,", "[16,16,"),
  ];
  for (const text of damaged) {
    Deno.writeTextFileSync(path, text);
    assert.deepEqual(cache.read(key), new Map(), text);
  }
});

Deno.test("LineCache keeps the last of too many lines", () => {
  using empty = emptyCache();
  const { cache, key } = empty;
  cache.write(key, new Map(Array.from({ length: 5000 }, (_, address) => [address, []])));
  const kept = [...cache.read(key).keys()];
  assert.deepEqual([kept.length, kept.at(-1)], [4096, 4999]);
});

Deno.test("LineTable asks libbfd only for what was not kept", async (t) => {
  using folder = temporaryFolder();
  for (const source of ["shapes.cc", "generated.c"]) {
    await t.step(source, async () => {
      const path = compile(folder.path, source, []);
      const id = buildId(elfOf(path));
      assert.ok(id !== null);
      const file = { path, alternate: null };
      const kept = { cache: new LineCache(`${folder.path}/${source}.cache`), key: { buildId: id, file } };
      const addresses = codeAddresses(path);
      const half = addresses.slice(0, addresses.length / 2);
      const look = async (addresses: readonly number[], how: { kept?: typeof kept }) => {
        using table = new LineTable(file, { name: path, ...how });
        await table.load(addresses);
        return { lines: addresses.map((address) => table.at(address)), reads: table.isReading };
      };

      const expected = await look(addresses, {});
      assert.deepEqual(await look(half, { kept }), { lines: expected.lines.slice(0, half.length), reads: true });
      assert.equal((await look(half, { kept })).reads, false);
      assert.deepEqual(await look(addresses, { kept }), { lines: expected.lines, reads: true });
      assert.deepEqual(await look(addresses, { kept }), { lines: expected.lines, reads: false });
    });
  }
});
