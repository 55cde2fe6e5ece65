import assert from "node:assert/strict";
import type { Mapping } from "../../src/types.ts";
import { type ElfFile, PT_LOAD, type Segment } from "../../src/unwind/elf.ts";
import { loadBias } from "../../src/unwind/load_bias.ts";

function load(offset: number, address: number, fileSize: number, executable = false): Segment {
  return { type: PT_LOAD, executable, offset, address, fileSize, memorySize: fileSize, alignment: 0x1000 };
}

function elf(...segments: Segment[]): ElfFile {
  return { type: "DYN", segments, sections: [], size: 0, readAt: () => new Uint8Array() };
}

function mapping(start: number, offset: number, executable = false): Mapping {
  const rest = { readable: true, writable: false, device: "fe:00", inode: 1, path: "/x", deleted: false };
  return { start, end: start + 0x1000, offset, executable, ...rest };
}

const LIBRARY = elf(load(0, 0, 0x800), load(0x1000, 0x1000, 0x5678, true), load(0x6678, 0x7678, 0x300));
const FIXED = elf(load(0, 0x400000, 0x800), load(0x1000, 0x401000, 0x5678, true));
// gold and lld leave no gaps in the file: the page at 0x2000 ends the code and begins the data.
const PACKED = elf(load(0, 0, 0x2500, true), load(0x2500, 0x3500, 0x300));
const HIGH = elf(load(0x234, 0x7000000234, 0x1000, true));

Deno.test("loadBias() follows from any mapping of the file", async (t) => {
  const rows: [string, ElfFile, Mapping, number | null][] = [
    ["the first segment of a library", LIBRARY, mapping(0x7f0000000000, 0), 0x7f0000000000],
    ["its code", LIBRARY, mapping(0x7f0000001000, 0x1000, true), 0x7f0000000000],
    ["the middle of its code", LIBRARY, mapping(0x7f0000003000, 0x3000, true), 0x7f0000000000],
    ["its data, which starts in a page", LIBRARY, mapping(0x7f0000007000, 0x6000), 0x7f0000000000],
    ["code mapped once more elsewhere", LIBRARY, mapping(0x7e0000009000, 0x3000, true), 0x7e0000006000],
    ["a program at fixed addresses", FIXED, mapping(0x401000, 0x1000, true), 0],
    ["code in a shared page", PACKED, mapping(0x7f0000002000, 0x2000, true), 0x7f0000000000],
    ["data in a shared page", PACKED, mapping(0x7f0000003000, 0x2000), 0x7f0000000000],
    ["a first address that is not 0", HIGH, mapping(0x7f0000000000, 0, true), 0x7f0000000000 - 0x7000000000],
    ["a part that is in no segment", LIBRARY, mapping(0x7f0000000000, 0x9000), null],
    ["a file without segments", elf(), mapping(0x7f0000000000, 0), null],
  ];
  for (const [name, file, where, expected] of rows) {
    await t.step(name, () => assert.equal(loadBias(file, where), expected));
  }
});
