import assert from "node:assert/strict";
import { ByteReader } from "../../src/byte_reader.ts";
import { collapsedFormat } from "../../src/output/format.ts";
import { mojoFormat } from "../../src/output/mojo.ts";
import type { Frame, Sample } from "../../src/types.ts";
import { readMojo, readVarint } from "../support/mojo.ts";
import { kernel, mapping, mark, native, python, sample, stack, statistics } from "./fixtures.ts";

const HEADER = { austin: "3.7.0", interval: 1000, mode: "wall", python: "3.12.1", mappings: [] } as const;

function bytesOf(chunks: readonly (string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(chunks.flatMap((chunk) => [...(chunk as Uint8Array)]));
}

function samples(): Sample[] {
  const file = python("/srv/app/café.py", "f", 3);
  const frames: Frame[] = [native("start"), file, native("read", { pc: 0x55, offset: 8 }), kernel("vfs_read")];
  return [
    sample(frames, { pid: 7, tid: 255, time: 10_000 }),
    sample(frames, { pid: 7, tid: 256, time: 63 }),
    sample(frames, { pid: 8, tid: 9, interpreter: 2, time: 64 }),
    sample([], { pid: 7, stack: stack([mark("truncated"), file], "truncated"), time: 5 }),
    sample([file, mark("gap"), native("x")], { pid: 7, time: 2 ** 40 }),
    sample([python("\udcff.py", "a\0b", 1)], { pid: 7, time: 1 }),
    sample([], { pid: 7, time: 1 }),
  ];
}

Deno.test("mojoFormat() says the same as collapsed text", () => {
  const text = collapsedFormat();
  const binary = mojoFormat();
  const all = samples();
  const header = { ...HEADER, mappings: [mapping(0x1000, "/usr/lib/libc.so.6")] };
  const content = readMojo(bytesOf([
    binary.header(header),
    ...all.map((one) => binary.sample(one)),
    binary.closing(statistics(), { figures: true }),
  ]));
  assert.equal(content.version, 3);
  assert.deepEqual(content.samples.map((line) => `${line}\n`), all.map((one) => text.sample(one)));
  const lines = [text.header(header), text.closing(statistics(), { figures: true })].join("");
  assert.deepEqual(content.metadata.map(([key, value]) => `# ${key}: ${value}`), lines.split("\n").filter(Boolean));
});

Deno.test("mojoFormat() writes the bytes of Austin 3.7", () => {
  const format = mojoFormat();
  const text = new TextDecoder("latin1");
  assert.equal(text.decode(format.header(HEADER) as Uint8Array).slice(0, 20), "MOJ\x03\x01austin\x003.7.0\x00\x01i");
  const frame = { ...python("p", "f", 3), endLine: 3, column: 4, endColumn: 19 };
  const one = sample([frame], { pid: 21353, tid: 0x5369, time: 200159 });
  assert.deepEqual(
    [...format.sample(one) as Uint8Array],
    [
      ...[2, 0xa9, 0xcd, 0x02, 0, 0x35, 0x33, 0x36, 0x39, 0],
      ...[11, 2, 0x70, 0, 11, 3, 0x66, 0],
      ...[3, 1, 2, 3, 3, 3, 5, 20],
      ...[5, 1],
      ...[9, 0x9f, 0xb7, 0x18],
    ],
  );
  // What has been said is not said again.
  assert.equal((format.sample(one) as Uint8Array).length, 10 + 2 + 4);
});

const NUMBERS: readonly (readonly [number, readonly number[]])[] = [
  [0, [0x00]],
  [63, [0x3f]],
  [64, [0x80, 0x01]],
  [-131, [0xc3, 0x02]],
];

Deno.test("readVarint() of the tests reads Austin's numbers", () => {
  for (const [number, bytes] of NUMBERS) assert.equal(readVarint(new ByteReader(new Uint8Array(bytes))), number);
});
