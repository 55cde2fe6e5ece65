import assert from "node:assert/strict";
import { resolve } from "../../src/cli/resolve.ts";
import { InputError } from "../../src/errors.ts";
import { mojoFormat } from "../../src/output/mojo.ts";
import { Writer } from "../../src/output/writer.ts";
import { python, sample } from "../output/fixtures.ts";
import { FakeEngine, FakeSink } from "./fakes.ts";

/** Resolves what comes in these pieces; lines are put into brackets. */
async function resolved(pieces: readonly Uint8Array[]): Promise<string> {
  const sink = new FakeSink();
  const engine = new FakeEngine();
  engine.resolver = () => ({
    hasModules: true,
    resolve: (lines) => Promise.resolve(lines.map((line) => `[${line}]`)),
    [Symbol.dispose]() {},
  });
  const readFile = async function* () {
    for (const piece of pieces) yield await Promise.resolve(piece);
  };
  const writer = new Writer(sink, "a sink");
  await resolve("in", { engine, platform: { readFile }, writer, debugFolder: null, warn: assert.fail });
  return sink.text;
}

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("resolve() takes lines in pieces of any size, the last with or without an end", async () => {
  assert.equal(await resolved(["a", "", "b\nc", "\n\nd"].map(encode)), "[ab]\n[c]\n[]\n[d]");
  assert.equal(await resolved([encode("ab\n")]), "[ab]\n");
  assert.equal(await resolved([]), "");
});

Deno.test("resolve() knows MOJO by its beginning, however that comes", async () => {
  const format = mojoFormat();
  const mojo = [...format.begin(), ...format.sample(sample([python("a.py", "f", 3)]))];
  for (const size of [1, 2, 3, mojo.length]) {
    const pieces = [mojo.slice(0, size), mojo.slice(size)].map((bytes) => new Uint8Array(bytes));
    assert.match(await resolved(pieces), /^\[\]\n\[P\d+;T0:\d+;a\.py:f:3 \d+\]\n/, `${size} bytes first`);
  }
});

Deno.test("resolve() does not keep a line without an end", async () => {
  const piece = new Uint8Array(2 ** 22).fill(0x61);
  await assert.rejects(resolved(Array(5).fill(piece)), (error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /a line of more than 16777216 characters/);
    return true;
  });
});
