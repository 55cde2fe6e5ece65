import assert from "node:assert/strict";
import { findSection } from "../../src/unwind/elf.ts";
import { readUnwindTables } from "../../src/unwind/unwind_info.ts";
import { elfOf, realBinaries } from "./support.ts";

/** As deepEqual() would tell, in a thousandth of the time. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

Deno.test("readUnwindTables() reads .eh_frame_hdr and .eh_frame whole", async (t) => {
  for (const path of realBinaries()) {
    await t.step(path, () => {
      const elf = elfOf(path);
      const tables = readUnwindTables(elf);
      assert.ok(tables !== null);
      for (const name of [".eh_frame_hdr", ".eh_frame"]) {
        const { address, offset, size } = findSection(elf, name)!;
        const start: number = address - tables.address;
        assert.ok(sameBytes(tables.bytes.subarray(start, start + size), elf.readAt(offset, size)), name);
      }
      assert.equal(tables.headerAddress, findSection(elf, ".eh_frame_hdr")!.address);
    });
  }
});

Deno.test("readUnwindTables() finds the same bytes without section headers", async (t) => {
  for (const path of realBinaries()) {
    await t.step(path, () => {
      const elf = elfOf(path);
      const expected = readUnwindTables(elf)!;
      const tables = readUnwindTables({ ...elf, sections: [] });
      assert.ok(tables !== null);
      assert.deepEqual([tables.headerAddress, tables.address], [expected.headerAddress, expected.address]);
      assert.ok(sameBytes(tables.bytes.subarray(0, expected.bytes.length), expected.bytes));
    });
  }
});

Deno.test("readUnwindTables() is null without .eh_frame_hdr", () => {
  const elf = elfOf("/bin/true");
  assert.equal(readUnwindTables({ ...elf, segments: elf.segments.filter(({ type }) => type === 1) }), null);
});
