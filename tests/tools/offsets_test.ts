import assert from "node:assert/strict";
import {
  committedColumns,
  compareColumns,
  dataText,
  findHeaders,
  layoutsOf,
  measure,
  type Table,
  versionOf,
} from "../../tools/offsets.ts";
import { isBefore, nameIn, parseVersion } from "../../tools/offsets_fields.ts";

const COLUMNS = committedColumns();
const HEADERS = findHeaders();
const MISSING = [...COLUMNS.keys()].map(versionOf).filter((version) =>
  !HEADERS.flatMap(layoutsOf).some(({ column }) => versionOf(column) === version)
);
if (MISSING.length > 0) console.log(`skipped: no headers of CPython ${MISSING.join(", ")}`);

/** Sizes that patch releases change: fields were added at the end. */
const GROWING = /^(runtime|interp|thread|threadImpl)\.size$/;

/** The groups that do not begin with an object header. */
const NO_OBJECTS = [
  "runtime",
  "interp",
  "gil",
  "thread",
  "threadImpl",
  "cframe",
  "iframe",
  "tlbc",
  "listNode",
  "strBits",
];

for (const headers of HEADERS) {
  for (const { column, macros } of layoutsOf(headers)) {
    Deno.test(`the offsets of CPython ${column} are those of ${headers.include}`, () => {
      const [release, committed] = [...COLUMNS].find(([release]) => versionOf(release) === versionOf(column))!;
      const measured = measure(headers, macros);
      assert.deepEqual(comparable(measured, release === column), comparable(committed, release === column));
    });
  }
  // From 3.13 on Py_TRACE_REFS keeps its links elsewhere.
  if (isBefore(headers.number, [3, 13])) {
    Deno.test(`Py_TRACE_REFS moves the fields of all objects of CPython ${headers.version} by 16`, () => {
      const [plain, traced] = [measure(headers), measure(headers, ["Py_TRACE_REFS"])];
      for (const group of Object.keys(plain)) {
        if (NO_OBJECTS.includes(group)) {
          delete plain[group].size;
          delete traced[group].size;
        } else {
          for (const field of Object.keys(plain[group])) plain[group][field] += 16;
        }
      }
      assert.deepEqual(traced, plain);
    });
  }
}

/** The numbers by `group.field`, without those that may differ between patch levels if these do. */
function comparable(table: Table, isSameRelease: boolean): [name: string, offset: number][] {
  const pairs = Object.entries(table).flatMap(([group, fields]) =>
    Object.entries(fields).map(([field, offset]): [string, number] => [`${group}.${field}`, offset])
  );
  return pairs.filter(([name]) => isSameRelease || !GROWING.test(name));
}

Deno.test("offsets_data.ts is what the tool writes", async () => {
  const path = new URL("../../src/python/offsets_data.ts", import.meta.url);
  assert.equal(await Deno.readTextFile(path), dataText(COLUMNS));
});

Deno.test("compareColumns() orders releases by their numbers, free-threaded ones last", () => {
  const releases = ["3.13.0t", "3.13.18", "2.7.18", "3.9.2", "3.14.10t", "3.9.18", "3.13.0"];
  const expected = ["2.7.18", "3.9.2", "3.9.18", "3.13.0", "3.13.18", "3.13.0t", "3.14.10t"];
  assert.deepEqual(releases.toSorted(compareColumns), expected);
});

const HISTORY = { "2.7": "a", "3.9": "b", "3.11": null, "3.14": "c" };

const NAMES: readonly [version: string, isFreeThreaded: boolean, expected: (string | null)[]][] = [
  ["2.7", false, ["x", "a", null]],
  ["3.8", false, ["x", "a", null]],
  ["3.9", false, ["x", "b", null]],
  ["3.10", false, ["x", "b", null]],
  ["3.13", false, ["x", null, null]],
  ["3.15", false, ["x", "c", null]],
  ["2.6", false, ["x", null, null]],
  ["3.13", true, ["x", null, null]],
  ["3.14", true, ["x", "c", "d"]],
];

Deno.test("nameIn() knows when names changed", async (t) => {
  for (const [version, isFreeThreaded, expected] of NAMES) {
    await t.step(`${version}${isFreeThreaded ? "t" : ""}`, () => {
      const names = ["x", HISTORY, { freeThreaded: { "3.14": "d" } }];
      assert.deepEqual(names.map((name) => nameIn(name, parseVersion(version), isFreeThreaded)), expected);
    });
  }
});
