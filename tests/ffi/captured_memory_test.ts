import assert from "node:assert/strict";
import { CaptureRecord, RECORD, RecordKind, records, REGISTERS } from "../../src/ffi/capture_record.ts";

const TID = 4242;
const STACK = 0x7ffc_0000_1000;
const KERNEL = "[<0>] ksys_read+0x6e/0xe0\n";

interface Parts {
  readonly threads?: readonly (readonly [state: number, interpreter: number, id: number])[];
  readonly codes?: readonly (readonly [address: number, print: number])[];
  readonly kernel?: string;
  readonly ranges?: readonly (readonly [address: number, bytes: readonly number[]])[];
}

/** The bytes of a record, as csrc/shim.h draws it. */
function build({ threads = [], codes = [], kernel = "", ranges = [] }: Parts): Uint8Array<ArrayBuffer> {
  const tables = [...threads.flat(), ...codes.flat(), ...ranges.flatMap(([address, bytes]) => [address, bytes.length])];
  const contents = [...padded(new TextEncoder().encode(kernel)), ...ranges.flatMap(([, bytes]) => padded(bytes))];
  const bytes = new Uint8Array(RECORD.headerSize + 8 * tables.length + contents.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(RECORD.size, bytes.length, true);
  view.setUint16(RECORD.kind, RecordKind.Capture, true);
  view.setUint16(RECORD.flags, 5, true);
  view.setInt32(RECORD.tid, TID, true);
  view.setInt32(RECORD.detail, -1, true);
  view.setBigUint64(RECORD.time, 2n ** 40n + 7n, true);
  view.setBigUint64(RECORD.elapsed, 1_000_000n, true);
  view.setUint32(RECORD.stop, 25_000, true);
  view.setUint32(RECORD.kernelSize, kernel.length, true);
  view.setUint32(RECORD.threadCount, threads.length, true);
  view.setUint32(RECORD.codeCount, codes.length, true);
  view.setUint32(RECORD.rangeCount, ranges.length, true);
  view.setBigUint64(RECORD.registers + REGISTERS.rsp, BigInt(STACK), true);
  tables.forEach((word, i) => view.setBigUint64(RECORD.headerSize + 8 * i, BigInt(word), true));
  bytes.set(contents, RECORD.headerSize + 8 * tables.length);
  return bytes;
}

function padded(bytes: Iterable<number>): number[] {
  const all = [...bytes];
  // What is between the parts is no memory of the target: it must never be read.
  while (all.length % 8) all.push(0xee);
  return all;
}

const PARTS: Parts = {
  threads: [[0x5555_0000, 0x6666_0000, 0], [0x5555_1000, 0x6666_1000, 3]],
  kernel: KERNEL,
  ranges: [
    [STACK, [1, 2, 3, 4, 5]],
    [0x1000, [10, 11, 12]],
    [0x1003, [13, 14]],
    [0x2000, [20]],
    [STACK + 0x5000, [30, 31]],
  ],
};

Deno.test("CaptureRecord reads the header", () => {
  const record = new CaptureRecord(build(PARTS));
  const { kind, flags, tid, detail, timeNs, elapsedNs, stopNs } = record;
  assert.deepEqual({ kind, flags, tid, detail, timeNs, elapsedNs, stopNs }, {
    kind: RecordKind.Capture,
    flags: 5,
    tid: TID,
    detail: -1,
    timeNs: 2 ** 40 + 7,
    elapsedNs: 1_000_000,
    stopNs: 25_000,
  });
  assert.equal(record.register(REGISTERS.rsp), STACK);
  assert.equal(record.registers.length, REGISTERS.size);
  assert.equal(record.kernelText, KERNEL);
  assert.deepEqual(record.threads, [
    { threadState: 0x5555_0000, interpreter: 0x6666_0000, interpreterId: 0 },
    { threadState: 0x5555_1000, interpreter: 0x6666_1000, interpreterId: 3 },
  ]);
  assert.equal(record.stackAddress, STACK);
  assert.deepEqual([...record.stack], [1, 2, 3, 4, 5]);
});

const READS: readonly [name: string, address: number, size: number, expected: number[] | null][] = [
  ["a whole range", 0x1000, 3, [10, 11, 12]],
  ["the middle of a range", 0x1001, 1, [11]],
  ["over the border of two ranges that touch", 0x1001, 4, [11, 12, 13, 14]],
  ["beyond the last of them", 0x1003, 3, null],
  ["before the first", 0x0fff, 2, null],
  ["between ranges", 0x1800, 1, null],
  ["a range of one byte", 0x2000, 1, [20]],
  ["what would be its padding", 0x2001, 1, null],
  ["the stack", STACK, 5, [1, 2, 3, 4, 5]],
  ["the end of the stack", STACK + 4, 1, [5]],
  ["beyond the stack", STACK + 4, 2, null],
  ["below the stack", STACK - 1, 1, null],
  ["above the stack", STACK + 0x5000, 2, [30, 31]],
  ["beyond everything", STACK + 0x5002, 1, null],
  ["nothing at all", 0x9999, 0, []],
];

Deno.test("CaptureRecord.read()", async (t) => {
  const record = new CaptureRecord(build(PARTS));
  for (const [name, address, size, expected] of READS) {
    await t.step(name, () => {
      const into = new Uint8Array(size);
      assert.equal(record.read(address, into), expected !== null);
      if (expected !== null) assert.deepEqual([...into], expected);
    });
  }
});

Deno.test("CaptureRecord of a thread that was not stopped has no memory", () => {
  const record = new CaptureRecord(build({}));
  assert.deepEqual([record.stackAddress, record.stack.length, record.kernelText, record.threads], [0, 0, "", []]);
  assert.equal(record.read(0, new Uint8Array(1)), false);
});

Deno.test("records() splits what was drained", () => {
  const parts: Parts[] = [PARTS, {}, { ranges: [[STACK, [9]]] }];
  const all = new Uint8Array(parts.flatMap((part) => [...build(part)]));
  const found = [...records(all)];
  assert.deepEqual(found.map(({ stack }) => [...stack]), [[1, 2, 3, 4, 5], [], [9]]);
  assert.deepEqual(found.map(({ tid }) => tid), [TID, TID, TID]);
  assert.deepEqual([...records(new Uint8Array())], []);
});
