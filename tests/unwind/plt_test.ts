/** Code whose CFA is an expression: the linker's stubs (.plt), which a call to another library goes through. */

import assert from "node:assert/strict";
import { type CaptureRecord, REGISTERS } from "../../src/ffi/capture_record.ts";
import { findTarget } from "../../src/sampler/target_search.ts";
import type { NativeStack } from "../../src/types.ts";
import { NativeUnwinder } from "../../src/unwind/unwinder.ts";
import { testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

const STUB_SIZE = 16;

testEachPython("a stack unwinds from a linker's stub, however often and whatever came before", async (python) => {
  await using target = await Target.start(python, "truth.py");
  using process = await findTarget(target.pid, { timeout: 1_000_000 });
  using unwinder = new NativeUnwinder(process.modules);
  process.session.dump(false);
  const [record] = process.session.drain();
  const expected = placesOf(unwinder.unwind(record));
  const stubs = process.modules.modules.flatMap((module) => module.section(".plt") ?? []);
  assert.ok(stubs.length > 3, `${stubs.length} modules with stubs`);
  callStub(record);
  for (let round = 0; round < 3; round++) {
    for (const plt of stubs) {
      // The first entry is the common one.
      setRegister(record, REGISTERS.rip, plt + 2 * STUB_SIZE);
      const stack = unwinder.unwind(record);
      assert.ok(stack.complete, `round ${round}: the stack ends at ${stack.count} frames`);
      assert.deepEqual(placesOf(stack).slice(1), expected);
    }
  }
});

/** Makes a record look as if its innermost function had just called another. */
function callStub(record: CaptureRecord): void {
  const sp = record.register(REGISTERS.rsp) - 8;
  const { stack, stackAddress } = record;
  const view = new DataView(stack.buffer, stack.byteOffset, stack.byteLength);
  view.setBigUint64(sp - stackAddress, BigInt(record.register(REGISTERS.rip)), true);
  setRegister(record, REGISTERS.rsp, sp);
}

function setRegister({ registers }: CaptureRecord, offset: number, value: number): void {
  new DataView(registers.buffer, registers.byteOffset).setBigUint64(offset, BigInt(value), true);
}

function placesOf(stack: NativeStack): number[][] {
  return Array.from({ length: stack.count }, (_, i) => [stack.pc(i), stack.sp(i)]);
}
