import assert from "node:assert/strict";
import { buildId } from "../../src/unwind/build_id.ts";
import { parseElf, PT_LOAD } from "../../src/unwind/elf.ts";
import { bytesFile } from "../../src/unwind/mapped_file.ts";
import { elfOf, elfOfBytes, realBinaries, run } from "./support.ts";

Deno.test("parseElf() reads the same loadable segments as readelf", async (t) => {
  for (const path of realBinaries()) {
    await t.step(path, () => {
      const line = /^ +LOAD +0x(\w+) 0x(\w+) 0x\w+ 0x(\w+) 0x(\w+) ([R ][W ][E ]) 0x(\w+)$/gm;
      const expected = Array.from(run("readelf", "--wide", "--segments", path).matchAll(line), (match) => {
        const [offset, address, fileSize, memorySize] = match.slice(1, 5).map((word) => parseInt(word, 16));
        const alignment = parseInt(match[6], 16);
        return { type: PT_LOAD, executable: match[5][2] === "E", offset, address, fileSize, memorySize, alignment };
      });
      assert.ok(expected.length > 0);
      assert.deepEqual(elfOf(path).segments.filter(({ type }) => type === PT_LOAD), expected);
    });
  }
});

Deno.test("parseElf() reads the same sections as readelf", async (t) => {
  for (const path of realBinaries()) {
    await t.step(path, () => {
      const line = /^ +\[ *\d+\] (\S*) +[A-Z_]\w+ +([0-9a-f]{16}) ([0-9a-f]+) ([0-9a-f]+) /gm;
      const expected = Array.from(run("readelf", "--wide", "--sections", path).matchAll(line), (match) => {
        const [address, offset, size] = match.slice(2, 5).map((word) => parseInt(word, 16));
        return { name: match[1], address, offset, size };
      });
      assert.ok(expected.length > 10);
      const { sections } = elfOf(path);
      assert.deepEqual(sections.map(({ name, address, offset, size }) => ({ name, address, offset, size })), expected);
    });
  }
});

Deno.test("buildId() reads the same build-id as readelf", async (t) => {
  for (const path of realBinaries()) {
    await t.step(path, () => {
      const expected = /Build ID: ([0-9a-f]+)/.exec(run("readelf", "--notes", path))?.[1] ?? null;
      assert.equal(buildId(elfOf(path)), expected);
    });
  }
});

Deno.test("parseElf() reads headers alone of a large file", () => {
  const bytes = Deno.readFileSync(Deno.execPath());
  const { readAt, size } = bytesFile(bytes);
  let read = 0;
  const elf = parseElf((offset, size) => {
    read += size;
    return readAt(offset, size);
  }, { size });
  assert.ok(elf.sections.length > 10);
  assert.ok(read < 16384, `${read} of ${size} bytes were read`);
});

Deno.test("parseElf() refuses what is no ELF file for x86-64 and names the offset", async (t) => {
  const good = Deno.readFileSync("/bin/true");
  function changed(offset: number, ...values: number[]): Uint8Array {
    const bytes = good.slice();
    bytes.set(values, offset);
    return bytes;
  }
  const rows: [string, Uint8Array, RegExp][] = [
    ["text", new TextEncoder().encode("#!/bin/sh\n".repeat(20)), /offset 0x0: no ELF magic/],
    ["32 bits", changed(4, 1), /offset 0x4: not a 64-bit/],
    ["big-endian", changed(5, 2), /offset 0x5: not little-endian/],
    ["an object file", changed(16, 1, 0), /offset 0x10: type 1/],
    ["aarch64", changed(18, 183, 0), /offset 0x12: machine 183/],
    ["too many program headers", changed(56, 0xff, 0xff), /offset 0x38: 65535 program headers/],
    ["program headers of another size", changed(54, 32, 0), /offset 0x36: program headers of 32 bytes/],
    ["program headers beyond the end", changed(32, 0, 0, 0, 0, 1), /offset 0x20: a table beyond/],
    ["section headers of another size", changed(58, 1, 0), /offset 0x3a: section headers of 1 bytes/],
    ["too many sections", changed(60, 0xff, 0xff), /offset 0x3c: 65535 sections/],
    ["section headers beyond the end", changed(40, 0, 0, 0, 0, 0, 0, 0, 0xff), /offset 0x28: a table beyond/],
    ["cut before the section headers", good.slice(0, 4096), /beyond the end of the file/],
  ];
  for (const [name, bytes, message] of rows) {
    await t.step(name, () => assert.throws(() => elfOfBytes(bytes), { name: "SyntaxError", message }));
  }
  await t.step("cut in the header", () => assert.throws(() => elfOfBytes(good.slice(0, 40)), RangeError));
});
