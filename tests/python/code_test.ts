/** Code objects in a capture: what is at an address now, never what was there before. */

import assert from "node:assert/strict";
import { captureLayout } from "../../src/python/runtime.ts";
import { TABLES } from "../../src/python/offsets.ts";
import type { ReadMemory } from "../../src/types.ts";
import { type CodeOptions, NO_SHARED_GIL, PythonImage } from "../support/python_image.ts";

/** Name, file and line of the second instruction of what is at `address`; null if nothing is found there. */
function placeOf(python: PythonImage, address: number, read: ReadMemory = python.memory.capture()): string | null {
  const code = python.codes.find(read, address);
  if (code === null) return null;
  const { function: name, file, line } = python.codes.frame(code, 2);
  return `${file}:${name}:${line}`;
}

for (const table of TABLES) {
  Deno.test(`CodeTable tells the code objects apart that ${table} puts at one address`, async (t) => {
    const python = new PythonImage(table);
    const at = python.code({ name: "f", file: "a.py", version: 1 });
    assert.equal(placeOf(python, at), "a.py:f:2");
    const others: [name: string, options: CodeOptions][] = [
      ["another name", { name: "g", file: "a.py" }],
      ["another file", { name: "f", file: "b.py" }],
      ["another first line", { name: "f", file: "a.py", firstLine: 9 }],
      ["the first again", { name: "f", file: "a.py" }],
    ];
    for (const [i, [name, options]] of others.entries()) {
      await t.step(name, () => {
        python.code({ ...options, version: i + 2 }, at);
        const { name: f, file, firstLine = 1 } = options;
        assert.equal(placeOf(python, at), `${file}:${f}:${firstLine + 1}`);
      });
    }
  });

  Deno.test(`CodeTable gives the same frame object for the same place in ${table}`, () => {
    const python = new PythonImage(table);
    const at = python.code({ name: "f" });
    const frameAt = (offset: number) => python.codes.frame(python.codes.find(python.memory.capture(), at)!, offset);
    assert.equal(frameAt(4), frameAt(4));
    assert.notEqual(frameAt(4), frameAt(2));
  });
}

/** All that a code object points to is at the same addresses again, with other contents. */
for (const table of TABLES) {
  Deno.test(`CodeTable is not taken in by addresses that are all used again in ${table}`, () => {
    const python = new PythonImage(table);
    const { code, bytes, str } = python.offsets;
    const at = python.code({ name: "f1", file: "f1.py" });
    assert.equal(placeOf(python, at), "f1.py:f1:2");
    const read = python.memory.capture();
    const word = (address: number) => {
      const bytes = new Uint8Array(8);
      assert.ok(read(address, bytes));
      return Number(new DataView(bytes.buffer).getBigUint64(0, true));
    };
    const text = str.asciiData ?? bytes.data;
    for (const field of [code.name, code.qualname ?? code.name, code.filename]) {
      python.memory.bytes(word(at + field) + text + 1, "2");
    }
    python.memory.bytes(
      word(at + code.lineTable) + bytes.data,
      python.lineTable(8).map((step, i) => i === 1 ? step + 2 : step),
    );
    if (code.version !== null) python.memory.number(at + code.version, 2, 4);
    assert.match(placeOf(python, at)!, /^f2\.py:f2:[34]$/);
  });
}

Deno.test("CodeTable finds nothing where contents are missing, and asks for them once", async (t) => {
  for (const table of ["2.7", "3.9", "3.11", "3.13", "3.15"]) {
    await t.step(table, () => {
      const python = new PythonImage(table);
      const at = python.allocate(python.offsets.code.size);
      python.newPage().code({ name: "f" }, at);
      const contents = [...python.memory.pages].at(-1)!;
      python.memory.forget(contents[0]);
      assert.equal(placeOf(python, at), null);
      assert.ok(python.codes.takeMissing());
      assert.ok(!python.codes.takeMissing());
      python.memory.bytes(...contents);
      assert.equal(placeOf(python, at), "file.py:f:2");
      assert.ok(!python.codes.takeMissing());
    });
  }
});

Deno.test("CodeTable has no need of contents that came before, where a serial number tells code objects apart", () => {
  const python = new PythonImage("3.13");
  const at = python.allocate(python.offsets.code.size);
  python.newPage().code({ name: "f" }, at);
  assert.equal(placeOf(python, at), "file.py:f:2");
  python.memory.forget([...python.memory.pages].at(-1)![0]);
  assert.equal(placeOf(python, at), "file.py:f:2");
});

Deno.test("CodeTable has no need of contents that came before with the same print", async (t) => {
  for (const table of ["2.7", "3.9", "3.11", "3.13"]) {
    await t.step(table, () => {
      const python = new PythonImage(table);
      const at = python.allocate(python.offsets.code.size);
      const find = (print: number) => {
        const read = python.memory.capture();
        python.codes.begin(read, (each) => each(at, print));
        return placeOf(python, at, read);
      };
      python.newPage().code({ name: "f", version: 1 }, at);
      assert.equal(find(7), "file.py:f:2");
      const contents = [...python.memory.pages].at(-1)!;
      python.memory.forget(contents[0]);
      const frame = find(7);
      assert.equal(frame, "file.py:f:2");
      assert.ok(!python.codes.takeMissing());
      // Where others are at the address now, what was there before is not shown.
      python.memory.struct(at, { [python.offsets.code.version ?? 0]: 2 });
      for (const print of [8, 0]) {
        assert.equal(find(print), null, `print ${print}`);
        assert.ok(python.codes.takeMissing());
      }
      python.newPage().code({ name: "g", version: 2 }, at);
      assert.equal(find(8), "file.py:g:2");
      assert.equal(find(7), "file.py:f:2");
      // A print holds for its capture alone.
      assert.equal(placeOf(python, at), "file.py:g:2");
    });
  }
});

Deno.test("CodeTable finds only code objects", () => {
  for (const table of TABLES) {
    const python = new PythonImage(table);
    assert.equal(placeOf(python, python.code({ name: "f", type: 0x1234_5678 })), null, table);
    for (const address of [0, 1, 4096, 2 ** 47, 2 ** 63, NaN]) assert.equal(placeOf(python, address), null, table);
  }
});

Deno.test("CodeTable finds instructions in the copies that threads have of them", () => {
  for (const table of ["3.14t", "3.15t"]) {
    const python = new PythonImage(table);
    const { codes, memory } = python;
    const [second, third] = [python.allocate(64), python.allocate(64)];
    const at = python.code({ name: "f" });
    const array = python.newPage().struct("tlbc", { count: 2 });
    const items = array + python.offsets.tlbc.items!;
    memory.struct(items, { 0: python.instruction(at, 0), 8: second });
    python.struct("code", { tlbc: array }, at);
    const read = memory.capture();
    const code = codes.find(read, at)!;
    const offset = (instruction: number, copy: number) => codes.offset(code, { read, instruction, copy });
    assert.equal(offset(python.instruction(at, 3), 0), 6);
    assert.equal(offset(second + 4, 1), 4);
    assert.equal(offset(second + 4, 0), null);
    assert.equal(offset(python.instruction(at, 3), 1), null);

    // A third thread runs it: the array has an entry more, which the capture brings only if it is asked for.
    const page = memory.pages.at(-1)!;
    memory.forget(page[0]);
    codes.takeMissing();
    assert.equal(offset(third + 2, 2), null);
    assert.ok(codes.takeMissing());
    memory.bytes(...page).struct(items, { 16: third }).struct(array, { 0: 3 });
    assert.equal(offset(third + 2, 2), 2);
    assert.ok(!codes.takeMissing());
    for (const copy of [3, 2 ** 31, 2 ** 32 - 1]) assert.equal(offset(third, copy), null);
    memory.struct(array, { 0: 2 ** 60 });
    assert.equal(offset(third, 7), null);
  }
});

Deno.test("captureLayout() says whether a serial number tells code objects apart", () => {
  for (const table of TABLES) {
    const { offsets, dialect, codeType } = new PythonImage(table);
    const version = { major: 3, minor: 0, patch: 0, level: "", serial: 0 } as const;
    const layout = captureLayout({ version, offsets, dialect, codeType, interpretersHead: 0, gil: NO_SHARED_GIL }, {
      gil: false,
      descriptorTid: 0,
    });
    assert.equal(layout.codeKeyIsUnique, offsets.code.version !== null, table);
    assert.equal(layout.blobs.length, offsets.code.tlbc === null ? 3 : 4, table);
    for (const { pointer } of layout.blobs) assert.ok(pointer < offsets.code.size);
  }
});
