import assert from "node:assert/strict";
import { codeKey } from "../../src/python/code.ts";
import { offsetsOf, type OffsetTable, TABLES, withTraceRefs } from "../../src/python/offsets.ts";

Deno.test("offsetsOf() has a table of each version, complete for how it keeps frames", async (t) => {
  for (const table of TABLES) {
    await t.step(table, () => {
      const { frame, iframe, thread, cframe } = offsetsOf(table)!;
      const group = iframe.size === null ? frame : iframe;
      const [current] = [thread.frame, thread.currentFrame, cframe.currentFrame].filter((offset) => offset !== null);
      assert.ok(group.size !== null && group.code !== null && group.instruction !== null && current !== undefined);
    });
  }
});

Deno.test("offsetsOf() knows no other versions", () => {
  for (const table of ["", "2.6", "3.5", "3.99", "3.12t", "3.13tt", "size"]) assert.equal(offsetsOf(table), null);
});

Deno.test("offsetsOf() takes what is stated for what is in the table, and no more", () => {
  const table = offsetsOf("3.13")!;
  const stated: OffsetTable = { thread: { currentFrame: 80, interp: null, unheardOf: 1 }, nonsense: { size: 1 } };
  const { thread, ...others } = offsetsOf("3.13", stated)!;
  assert.deepEqual(thread, { ...table.thread, currentFrame: 80 });
  assert.deepEqual({ thread: table.thread, ...others }, table);
});

Deno.test("withTraceRefs() puts two words before what is inside objects, and moves nothing else", () => {
  const plain = offsetsOf("3.8")!;
  const shifted = withTraceRefs(plain);
  assert.equal(shifted.object.type, 24);
  assert.equal(shifted.frame.back, plain.frame.back! + 16);
  assert.equal(shifted.code.name, plain.code.name + 16);
  assert.equal(shifted.bytes.data, plain.bytes.data + 16);
  assert.equal(shifted.str.length, 32);
  assert.equal(shifted.strCompact.data, plain.strCompact.data! + 16);
  assert.equal(shifted.frame.size, plain.frame.size! + 16);
  assert.equal(shifted.code.qualname, null);
  for (const group of ["runtime", "interp", "thread", "cframe", "iframe", "tlbc", "strBits"] as const) {
    assert.deepEqual(shifted[group], plain[group], group);
  }
});

Deno.test("codeKey() spans every field that names a code object, and is unique where there is a serial number", () => {
  for (const table of TABLES) {
    const offsets = offsetsOf(table)!;
    const { code } = offsets;
    const { start, size, isUnique } = codeKey(offsets);
    for (const field of [code.filename, code.name, code.lineTable, code.firstLine, code.version ?? start]) {
      assert.ok(field >= start && field < start + size, `${field} of ${table}`);
    }
    assert.ok(start + size <= code.size);
    assert.equal(isUnique, !["2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11"].includes(table), table);
  }
});
