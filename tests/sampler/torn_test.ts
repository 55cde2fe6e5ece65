import assert from "node:assert/strict";
import { CaptureRecord, RECORD } from "../../src/ffi/capture_record.ts";
import type { FrameReader, ReadFrom } from "../../src/python/frames.ts";
import { completeTorn } from "../../src/sampler/torn.ts";
import type { Activation, NativeFrame, NativeStack, PythonStack } from "../../src/types.ts";

const TORN: PythonStack = { activations: [], torn: true };
const DISTANCE = 0x40;

/** Frames end at 0x1000, 0x1200, 0x1400, ... */
const NATIVE: NativeStack = { count: 8, complete: true, pc: () => 1, sp: (i) => 0xe00 + i * 0x200, flags: () => 0 };

function record(registers: Readonly<Record<number, number>> = {}): CaptureRecord {
  const bytes = new Uint8Array(RECORD.headerSize);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of Object.entries(registers)) {
    view.setBigUint64(RECORD.registers + 8 * Number(i), BigInt(word), true);
  }
  return new CaptureRecord(bytes);
}

function stackOf(depth: number): PythonStack {
  const activation = { marker: 1, cframe: 1, frames: Array(depth).fill(null) } as unknown as Activation;
  return { activations: [activation], torn: false };
}

/** Whole only from where `wholes` says, with so many frames. */
function reader(wholes: ReadonlyMap<number, number>, asked: ReadFrom[] = []): FrameReader {
  return {
    read(_read, _threadState, from = {}) {
      asked.push(from);
      const depth = wholes.get((from.cframe ?? from.caller)!);
      return depth === undefined ? TORN : stackOf(depth);
    },
  };
}

interface Case {
  /** Of the innermost frame. */
  readonly offset: number;
  readonly frames: FrameReader;
  readonly registers?: Readonly<Record<number, number>>;
  readonly distance?: number | null;
  readonly hasCFrames?: boolean;
}

function complete({ offset, frames, registers, distance = DISTANCE, hasCFrames = true }: Case): PythonStack | null {
  const nameAt = (i: number) =>
    ({
      kind: "native",
      offset: i === 0 ? offset : 0,
      symbol: i === 0 ? "loop" : i % 3 === 0 ? "loop.cold" : "other",
    }) as NativeFrame;
  const capture = { record: record(registers), threadState: 0, native: NATIVE, hasCFrames };
  return completeTorn({ ...capture, nameAt, distance, evaluationLoop: "loop" }, frames);
}

Deno.test("completeTorn() leaves out an activation that has just begun", async (t) => {
  await t.step("the next one's CFrame is below the CFA of a frame further out", () => {
    const asked: ReadFrom[] = [];
    assert.deepEqual(complete({ offset: 40, frames: reader(new Map([[0x1600 - DISTANCE, 3]]), asked) }), stackOf(3));
    assert.deepEqual(asked.map(({ cframe }) => cframe! + DISTANCE), [0x1200, 0x1400, 0x1600]);
  });
  await t.step("the innermost frame's own is not looked at", () => {
    assert.equal(complete({ offset: 40, frames: reader(new Map([[0x1000 - DISTANCE, 3]])) }), null);
  });
});

Deno.test("completeTorn() searches the evaluation loop's frames where the distance is not known yet", () => {
  const asked: ReadFrom[] = [];
  const frames = reader(new Map([[0x1400, 2], [0x1588, 3]]), asked);
  assert.deepEqual(complete({ offset: 40, frames, distance: null }), stackOf(3));
  assert.equal(asked[0].cframe, 0x15f0, "the first one that is further out");
  assert.equal(asked.length, (0x15f0 - 0x1588) / 8 + 1);
});

Deno.test("completeTorn() finds the caller of a frame in the registers", async (t) => {
  await t.step("the innermost of those that may be", () => {
    const frames = reader(new Map([[0x5000, 2], [0x6000, 4], [0x7000, 3]]));
    assert.deepEqual(complete({ offset: 20_000, frames, registers: { 0: 0x5000, 5: 0x6000, 14: 0x7000 } }), stackOf(4));
  });
  await t.step("rbp holds it", () => {
    assert.deepEqual(
      complete({ offset: 20_000, frames: reader(new Map([[0x6000, 1]])), registers: { 4: 0x6000 } }),
      stackOf(1),
    );
  });
  await t.step("rip and rsp are not looked at", () => {
    assert.equal(
      complete({ offset: 20_000, frames: reader(new Map([[0x6000, 1]])), registers: { 16: 0x6000, 19: 0x6000 } }),
      null,
    );
  });
  await t.step(
    "none may be",
    () => assert.equal(complete({ offset: 20_000, frames: reader(new Map()), registers: { 0: 0x5000 } }), null),
  );
});

Deno.test("completeTorn() takes what lies in the innermost native frame for a shim, without CFrames", async (t) => {
  const asked: ReadFrom[] = [];
  const frames = (stack: PythonStack): FrameReader => ({
    read(_read, _threadState, from = {}) {
      asked.push(from);
      return stack;
    },
  });
  const offset = 20_000;
  await t.step("that is it", () => {
    assert.deepEqual(complete({ offset, frames: frames(stackOf(2)), hasCFrames: false }), stackOf(2));
    assert.deepEqual(asked, [{ entered: { sp: 0xe00, cfa: 0x1000 } }]);
  });
  await t.step("that is not it", () => {
    assert.equal(complete({ offset, frames: frames(TORN), hasCFrames: false }), null);
  });
});
