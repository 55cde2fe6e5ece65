import assert from "node:assert/strict";
import { decompressXz } from "../../src/ffi/xz.ts";
import "../support/shim.ts";
import { temporaryFolder } from "../unwind/support.ts";

function compress(bytes: Uint8Array): Uint8Array {
  using folder = temporaryFolder();
  const path = `${folder.path}/data`;
  Deno.writeFileSync(path, bytes);
  const { success } = new Deno.Command("xz", { args: [path] }).outputSync();
  assert.ok(success);
  return Deno.readFileSync(`${path}.xz`);
}

Deno.test("decompressXz() gives what xz was given", async (t) => {
  const rows: [string, Uint8Array][] = [
    ["nothing", new Uint8Array()],
    ["one byte", new Uint8Array([7])],
    ["noise", crypto.getRandomValues(new Uint8Array(50_000))],
    ["zeros", new Uint8Array(10_000_000)],
  ];
  for (const [name, bytes] of rows) {
    await t.step(name, () => {
      const result = decompressXz(compress(bytes), 10_000_000);
      assert.ok(result.length === bytes.length && result.every((byte, i) => byte === bytes[i]));
    });
  }
});

Deno.test("decompressXz() refuses what is malformed or too large", () => {
  const good = compress(new Uint8Array(100_000));
  const damaged = (at: number) => good.map((byte, i) => i === at ? byte ^ 0x55 : byte);
  const rows: [string, Uint8Array, number][] = [
    ["nothing", new Uint8Array(), 100_000],
    ["no xz", new Uint8Array(100), 100_000],
    ["cut at its end", good.subarray(0, -1), 100_000],
    ["cut at its start", good.subarray(1), 100_000],
    ["too large by a byte", good, 99_999],
    ...Array.from(good, (_, at): [string, Uint8Array, number] => [`byte ${at} changed`, damaged(at), 100_000]),
  ];
  for (const [name, bytes, max] of rows) assert.throws(() => decompressXz(bytes, max), SyntaxError, name);
});
