/** The layouts that are written down on both sides of the FFI. */

import assert from "node:assert/strict";
import {
  CODE_SIZE,
  RANGE_SIZE,
  RECORD,
  RecordFlag,
  RecordKind,
  REGISTERS,
  THREAD_SIZE,
} from "../../src/ffi/capture_record.ts";
import { loadShim } from "../../src/ffi/library.ts";
import { encodePythonLayout, PYTHON_LAYOUT_SIZE, type PythonLayout } from "../../src/ffi/python_layout.ts";
import { COUNTERS_SIZE } from "../../src/ffi/session.ts";
import { NATIVE_FLAG } from "../../src/types.ts";

const SYMBOLS = {
  // int32_t shim_layout(uint32_t *offsets, uint32_t max): how many there are
  shim_layout: { parameters: ["buffer", "u32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const shim = loadShim(SYMBOLS);
const HEADER = await Deno.readTextFile(new URL("../../csrc/shim.h", import.meta.url));
const OFFSET_NONE = 0xffffffff;
const WATCHED = 3;
const INTERP_WATCHED = 2;
const FIRST_FIELD = 8 + 8 * WATCHED;
const BLOB_SIZE = 32;
const BLOBS = 4;

/** Offsets of struct python_layout, by the order of its fields in csrc/shim.h: words of 8 bytes, then of 4. */
const FIELDS = fieldsOf("python_layout").filter((name) => !["interpreters_head", "watched", "blobs"].includes(name))
  .flatMap((name) => name === "interp_watched" ? Array<string>(INTERP_WATCHED).fill(name) : [name]);
const BLOBS_START = FIRST_FIELD + 4 * FIELDS.length;

Deno.test("offsets and sizes are those that the C compiler gives", () => {
  const expected = [
    PYTHON_LAYOUT_SIZE,
    FIRST_FIELD - 8 * WATCHED,
    FIRST_FIELD,
    FIRST_FIELD + 4 * FIELDS.indexOf("interp_watched"),
    BLOBS_START,
    BLOB_SIZE,
    RECORD.headerSize,
    RECORD.kind,
    RECORD.flags,
    RECORD.tid,
    RECORD.detail,
    RECORD.time,
    RECORD.elapsed,
    RECORD.resident,
    RECORD.stop,
    RECORD.kernelSize,
    RECORD.threadCount,
    RECORD.rangeCount,
    RECORD.codeCount,
    RECORD.registers,
    THREAD_SIZE,
    CODE_SIZE,
    RANGE_SIZE,
    COUNTERS_SIZE,
  ];
  const actual = new Uint32Array(expected.length);
  assert.equal(shim.shim_layout(new Uint8Array(actual.buffer), actual.length), expected.length);
  assert.deepEqual([...actual], expected);
  assert.equal(RECORD.size, 0);
  assert.equal(RECORD.headerSize - RECORD.registers, REGISTERS.size);
});

Deno.test("registers lie where sys/user.h has them", () => {
  const words = ["rbp", "rip", "rsp", "fs_base"].map((name) => userRegisters().indexOf(name));
  assert.deepEqual([REGISTERS.rbp, REGISTERS.rip, REGISTERS.rsp, REGISTERS.fsBase], words.map((i) => 8 * i));
  assert.equal(REGISTERS.size, 8 * userRegisters().length);
});

Deno.test("enumerations have the numbers of csrc/shim.h", () => {
  assert.deepEqual(upperCase("RECORD", RecordKind), enumeration("record_kind"));
  assert.deepEqual(upperCase("FLAG", RecordFlag), enumeration("record_flag"));
  // Gaps are known here alone.
  const { Gap: _gap, ...flags } = NATIVE_FLAG;
  assert.deepEqual(upperCase("NATIVE", flags), enumeration("native_flag"));
});

Deno.test("encodePythonLayout() writes each field where csrc/shim.h has it", () => {
  // Each field has its own number, which is its place in the structure.
  const numbers = Object.fromEntries(FIELDS.map((name, i) => [camelCase(name), i + 1]));
  const blobs = Array.from({ length: BLOBS - 1 }, (_, i) => ({
    pointer: 100 * i + 1,
    length: 100 * i + 2,
    headerSize: 100 * i + 3,
    unit: i === 0 ? 8 : { word: 100 * i + 5, bit: 100 * i + 6, shortBit: 100 * i + 7, shortHeaderSize: 100 * i + 8 },
  }));
  const first = FIELDS.indexOf("interp_watched");
  const watched = [0x7f12_3456_7898, 0x7f12_3456_78a0];
  const interpWatched = Array.from({ length: INTERP_WATCHED }, (_, i) => first + i + 1);
  const layout = {
    ...numbers,
    interpretersHead: 0x7f12_3456_7890,
    watched,
    interpWatched,
    blobs,
  } as unknown as PythonLayout;
  const bytes = encodePythonLayout(layout);
  const view = new DataView(bytes.buffer);
  assert.equal(bytes.length, PYTHON_LAYOUT_SIZE);
  const addresses = Array.from({ length: 1 + WATCHED }, (_, i) => Number(view.getBigUint64(8 * i, true)));
  assert.deepEqual(addresses, [0x7f12_3456_7890, ...watched, 0]);
  FIELDS.forEach((name, i) => assert.equal(view.getUint32(FIRST_FIELD + 4 * i, true), i + 1, name));
  assert.deepEqual(fieldsOf("blob_layout"), [
    ...["pointer", "length", "header_size", "unit"],
    ...["bits", "unit_bit", "short_bit", "short_header_size"],
  ]);
  const words = (blob: number) =>
    Array.from({ length: 8 }, (_, i) => view.getUint32(BLOBS_START + BLOB_SIZE * blob + 4 * i, true));
  assert.deepEqual([0, 1, 2].map(words), [
    [1, 2, 3, 8, 0, 0, 0, 0],
    [101, 102, 103, 0, 105, 106, 107, 108],
    [201, 202, 203, 0, 205, 206, 207, 208],
  ]);
  assert.deepEqual(words(BLOBS - 1), [OFFSET_NONE, OFFSET_NONE, 0, 0, 0, 0, 0, 0]);
});

Deno.test("encodePythonLayout() says which fields there are not", () => {
  const layout = {
    interpretersHead: 0,
    interpId: null,
    threadFrame: null,
    interpLock: null,
    watched: [],
    interpWatched: [],
    blobs: [],
  } as unknown as PythonLayout;
  const view = new DataView(encodePythonLayout(layout).buffer);
  for (const name of ["interp_id", "thread_frame", "interp_watched", "interp_lock"]) {
    assert.equal(view.getUint32(FIRST_FIELD + 4 * FIELDS.indexOf(name), true), OFFSET_NONE);
  }
});

/** Names of the fields of a structure in csrc/shim.h, in order. */
function fieldsOf(structure: string): string[] {
  const body = HEADER.match(new RegExp(`struct ${structure} \\{(.*?)\\n\\};`, "s"))![1].replace(/\/\*.*?\*\//gs, "");
  return body.split(";").flatMap((declaration) =>
    declaration.trim().replace(/^(struct )?\w+\s/, "").split(",").map((name) => name.trim().replace(/\[.*/, ""))
  ).filter((name) => name !== "");
}

function enumeration(name: string): Record<string, number> {
  const body = HEADER.match(new RegExp(`enum ${name} \\{(.*?)\\};`, "s"))![1];
  return Object.fromEntries(Array.from(body.matchAll(/(\w+) = (\d+),/g), ([, key, value]) => [key, Number(value)]));
}

/** Words of struct user_regs_struct on x86-64. */
function userRegisters(): string[] {
  return ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base " +
    "ds es fs gs").split(" ");
}

function upperCase(prefix: string, values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}${key.replace(/[A-Z]/g, "_$&").toUpperCase()}`, value]),
  );
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}
