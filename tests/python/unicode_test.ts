import assert from "node:assert/strict";
import { offsetsOf } from "../../src/python/offsets.ts";
import { decodeText, readBytesObject, readText } from "../../src/python/unicode.ts";
import { image } from "../support/memory_image.ts";

const AT = 0x1000;
const TABLES = ["3.6", "3.11", "3.12", "3.14", "3.13t", "3.14t"];

interface StrOptions {
  readonly compact?: boolean;
  readonly ascii?: boolean;
  readonly length?: number;
  /** Other bits of the state: interned, ready, statically allocated. */
  readonly others?: number;
}

/** A `str` of characters of `unit` bytes. */
function str(table: string, unit: number, points: readonly number[], options: StrOptions = {}) {
  const { compact = true, ascii = false, length = points.length, others = 0 } = options;
  const { str, strCompact, strBits } = offsetsOf(table)!;
  const state = unit << strBits.kind! | Number(compact) << strBits.compact! | Number(ascii) << strBits.ascii! | others;
  const memory = image().number(AT + str.length!, length).number(AT + str.state!, state, 4);
  const data = AT + (ascii ? str.asciiData! : strCompact.data!);
  points.forEach((point, i) => memory.number(data + i * unit, point, unit === 4 ? 4 : unit === 2 ? 2 : 1));
  return memory;
}

function textOf(table: string, memory: ReturnType<typeof image>, address = AT): string | null {
  const raw = readText(memory.capture(), address, offsetsOf(table)!);
  return raw && decodeText(raw);
}

const points = (text: string) => [...text].map((character) => character.codePointAt(0)!);

const TEXTS: readonly [name: string, unit: number, text: string, options: StrOptions][] = [
  ["ASCII", 1, "plain_name", { ascii: true }],
  ["empty", 1, "", { ascii: true }],
  ["Latin-1", 1, "größe", {}],
  ["two bytes a character", 2, "вычислить", {}],
  ["four bytes a character", 4, "f_𝛼_名", {}],
  ["a lone surrogate, of an undecodable byte", 2, "a\udc80b", {}],
  ["a pair of surrogates that is two characters", 2, "\ud83d\ude00", {}],
  ["interned and ready", 1, "name", { ascii: true, others: 0b1_0000001 | 1 << 7 }],
  ["very long", 1, "x".repeat(2 ** 20), { ascii: true }],
];

for (const table of TABLES) {
  Deno.test(`readText() and decodeText() read the str of ${table}`, async (t) => {
    for (const [name, unit, text, options] of TEXTS) {
      const characters = unit === 2 ? Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)) : points(text);
      const others = table === "3.14t" ? { others: (options.others ?? 0) & 0x3f } : {};
      await t.step(name, () => {
        assert.equal(textOf(table, str(table, unit, characters, { ...options, ...others })), text);
      });
    }
  });
}

Deno.test("decodeText() replaces what is no character", () => {
  assert.equal(textOf("3.12", str("3.12", 4, [0x61, 0x110000, 0xffffffff])), "a\ufffd\ufffd");
});

const REFUSED: readonly [name: string, memory: ReturnType<typeof image>][] = [
  ["a legacy one, of which the kind is not known yet", str("3.11", 0, [], { compact: false })],
  ["a ready legacy one, whose characters are elsewhere", str("3.11", 1, [0x61], { compact: false, ascii: true })],
  ["characters of three bytes", str("3.11", 3, [0x61])],
  ["characters of seven bytes", str("3.11", 7, [0x61])],
  ["one character more than a name can have", str("3.11", 1, [], { ascii: true, length: 2 ** 20 + 1 })],
  ["2^60 characters", str("3.11", 4, [], { length: 2 ** 60 })],
  ["-1 characters", str("3.11", 1, [], { ascii: true, length: -1 })],
  ["more characters than memory", str("3.11", 4, [0x61], { length: 4096 })],
  ["nothing there", image()],
];

Deno.test("readText() refuses what is no name", async (t) => {
  for (const [name, memory] of REFUSED) {
    await t.step(name, () => assert.equal(textOf("3.11", memory), null));
  }
  for (const address of [0, 8, 4095, 2 ** 47, 2 ** 63, -AT, NaN]) {
    await t.step(`address ${address}`, () => assert.equal(textOf("3.11", str("3.11", 1, [0x61]), address), null));
  }
});

Deno.test("readBytesObject() and decodeText() read the byte strings of 2.7", async (t) => {
  const { bytes } = offsetsOf("2.7")!;
  const memory = image().number(AT + bytes.count, 5).bytes(AT + bytes.data, "größe");
  const raw = readBytesObject(memory.capture(), AT, bytes)!;
  assert.equal(decodeText({ bytes: raw, unit: null }), "größ".slice(0, 3) + "\ufffd");
  memory.number(AT + bytes.count, 7);
  assert.equal(decodeText({ bytes: readBytesObject(memory.capture(), AT, bytes)!, unit: null }), "größe");
  for (const length of [2 ** 20 + 1, 2 ** 60, -1, 4096]) {
    await t.step(`not ${length} bytes`, () => {
      memory.number(AT + bytes.count, length);
      assert.equal(readBytesObject(memory.capture(), AT, bytes), null);
    });
  }
});
