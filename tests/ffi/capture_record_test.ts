import assert from "node:assert/strict";
import { type CaptureRecord, RANGE_SIZE, RECORD, records, THREAD_SIZE } from "../../src/ffi/capture_record.ts";

/** A record of a thread state, a stack of 16 bytes and a range of 8, with 3 bytes of kernel text. */
function record(): Uint8Array<ArrayBuffer> {
  const tables = RECORD.headerSize + THREAD_SIZE;
  const size = tables + 2 * RANGE_SIZE + 8 + 16 + 8;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(RECORD.size, size, true);
  view.setUint16(RECORD.kind, 1, true);
  view.setUint32(RECORD.kernelSize, 3, true);
  view.setUint32(RECORD.threadCount, 1, true);
  view.setUint32(RECORD.rangeCount, 2, true);
  [0x7000n, 16n, 0x5000n, 8n].forEach((word, i) => view.setBigUint64(tables + 8 * i, word, true));
  bytes.set(new TextEncoder().encode("[k]"), tables + 2 * RANGE_SIZE);
  bytes.fill(1, size - 24, size - 8);
  bytes.fill(2, size - 8);
  return bytes;
}

function changed(offset: number, value: number): Uint8Array<ArrayBuffer> {
  const bytes = record();
  new DataView(bytes.buffer).setUint32(offset, value, true);
  return bytes;
}

function readAt(capture: CaptureRecord, address: number, size: number): number[] | null {
  const into = new Uint8Array(size);
  return capture.read(address, into) ? [...into] : null;
}

Deno.test("CaptureRecord reads what was captured, and nothing else", () => {
  const [capture, ...others] = records(record());
  assert.equal(others.length, 0);
  assert.equal(capture.kernelText, "[k]");
  assert.deepEqual([capture.stackAddress, capture.stack.length], [0x7000, 16]);
  assert.deepEqual(readAt(capture, 0x7000, 2), [1, 1]);
  assert.deepEqual(readAt(capture, 0x5006, 2), [2, 2]);
  assert.deepEqual(readAt(capture, 0x5000, 0), []);
  for (const [address, size] of [[0x4fff, 1], [0x5007, 2], [0x700f, 2], [0, 1], [NaN, 1], [2 ** 63, 8]]) {
    assert.equal(readAt(capture, address, size), null, `${size} at ${address}`);
  }
});

const MALFORMED: readonly [name: string, bytes: Uint8Array<ArrayBuffer>][] = [
  ["nothing but a size", changed(RECORD.size, 4).subarray(0, 4)],
  ["a size of 0", changed(RECORD.size, 0)],
  ["half a size", record().subarray(0, 3)],
  ["a size beyond what is there", changed(RECORD.size, record().length + 8)],
  ["a record that is cut", record().subarray(0, record().length - 8)],
  ["a header that is cut", changed(RECORD.size, 256).subarray(0, 256)],
  ["a part less than its tables say", changed(RECORD.rangeCount, 1)],
  ["2^32 ranges", changed(RECORD.rangeCount, 2 ** 32 - 1)],
  ["2^32 thread states", changed(RECORD.threadCount, 2 ** 32 - 1)],
  ["2^32 code objects", changed(RECORD.codeCount, 2 ** 32 - 1)],
  ["4 GB of kernel text", changed(RECORD.kernelSize, 2 ** 32 - 1)],
  ["a range of 2^60 bytes", changed(RECORD.headerSize + THREAD_SIZE + 12, 2 ** 28)],
];

Deno.test("records() throws at what the shim cannot have written", async (t) => {
  for (const [name, bytes] of MALFORMED) {
    await t.step(
      name,
      () => assert.throws(() => [...records(bytes)], /^RangeError: Cannot parse a record of \d+ bytes: /),
    );
  }
});

Deno.test("records() gives what comes before it", () => {
  const bytes = new Uint8Array([...record(), ...record().subarray(8)]);
  const given: CaptureRecord[] = [];
  assert.throws(() => {
    for (const capture of records(bytes)) given.push(capture);
  }, RangeError);
  assert.equal(given.length, 1);
});

Deno.test("records() of any bytes ends, and gives records that can be read", () => {
  let seed = 5;
  const random = (limit: number) => (seed = seed * 48271 % 0x7fffffff) % limit;
  for (let round = 0; round < 20_000; round++) {
    const bytes = record();
    const at = [random(bytes.length), random(56), 272 + random(56)][random(3)];
    bytes[at] = [0, 1, 255, random(256)][random(4)];
    try {
      for (const capture of records(bytes.subarray(0, random(4) ? bytes.length : random(bytes.length)))) {
        assert.ok(capture.threads.length <= 1 && capture.stack.length <= bytes.length);
        for (const address of [0x5000, 0x7000, capture.stackAddress]) readAt(capture, address, 1 + random(64));
      }
    } catch (error) {
      assert.ok(error instanceof RangeError && error.message.startsWith("Cannot parse"), `${error}`);
    }
  }
});
