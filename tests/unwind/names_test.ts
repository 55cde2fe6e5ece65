import assert from "node:assert/strict";
import { readMaps } from "../../src/kernel/maps.ts";
import type { Mapping } from "../../src/types.ts";
import { ModuleTable } from "../../src/unwind/modules.ts";
import { NativeNamer } from "../../src/unwind/names.ts";
import { memoryOf } from "./support.ts";

/** The modules of this process, and where two adjacent things of its libc are. */
function setup() {
  using readMemory = memoryOf(Deno.pid);
  let mappings = readMaps(Deno.pid);
  const modules = new ModuleTable(Deno.pid, { readMaps: () => mappings, readMemory });
  const libc = modules.modules.find(({ path }) => /\/libc\.so/.test(path))!;
  const abort = libc.find("abort")!;
  return {
    libc,
    abort,
    modules,
    setMappings(changed: Mapping[]) {
      mappings = changed;
    },
    [Symbol.dispose]: () => modules[Symbol.dispose](),
  };
}

Deno.test("NativeNamer looks a return address up before it and an exact one at it", () => {
  using machine = setup();
  const { abort, libc } = machine;
  const asked: number[] = [];
  const namer = new NativeNamer(machine.modules, {
    findFunction(address) {
      asked.push(address);
      return address >= abort ? { start: abort, hotStart: null } : null;
    },
  });
  assert.deepEqual(namer.frame(abort, { exact: true }), {
    kind: "native",
    pc: abort,
    symbol: "abort",
    named: true,
    offset: 0,
    module: libc.path,
    exact: true,
  });
  const returned = namer.frame(abort + 5, { exact: false });
  assert.deepEqual([returned.symbol, returned.offset, returned.pc], ["abort", 5, abort + 5]);
  assert.equal(returned.exact, false);
  assert.notEqual(namer.frame(abort, { exact: false }).symbol, "abort");
  assert.deepEqual(asked, [abort, abort + 4, abort - 1]);
});

Deno.test("NativeNamer calls a cold part without a symbol after its function", () => {
  using machine = setup();
  const { abort, libc } = machine;
  const start = libc.loadBias + 0x10;
  const cold = new NativeNamer(machine.modules, { findFunction: () => ({ start, hotStart: abort }) });
  const { symbol, named, offset } = cold.frame(start + 4, { exact: true });
  assert.deepEqual([symbol, named, offset], ["abort.cold", true, 4]);
  const unknown = new NativeNamer(machine.modules, { findFunction: () => ({ start, hotStart: start }) });
  assert.equal(unknown.frame(start + 4, { exact: true }).symbol, "libc.so.6+0x10");
});

Deno.test("NativeNamer gives functions without a symbol one name each, by their start", () => {
  using machine = setup();
  const { libc } = machine;
  // The ELF header is no code: no symbol is there.
  const namer = new NativeNamer(machine.modules, {
    findFunction: () => ({ start: libc.loadBias + 0x10, hotStart: null }),
  });
  const frames = [0x18, 0x1c].map((offset) => namer.frame(libc.loadBias + offset, { exact: false }));
  assert.deepEqual(frames.map(({ symbol }) => symbol), ["libc.so.6+0x10", "libc.so.6+0x10"]);
  assert.deepEqual(frames.map(({ offset }) => offset), [8, 12]);
  assert.ok(frames.every(({ named }) => !named));
  const alone = new NativeNamer(machine.modules, { findFunction: () => null });
  assert.equal(alone.frame(libc.loadBias + 0x18, { exact: true }).symbol, "libc.so.6+0x18");
});

Deno.test("NativeNamer gives the same frame object until the modules change", () => {
  using machine = setup();
  const { abort, modules } = machine;
  const namer = new NativeNamer(modules, { findFunction: () => null });
  const frame = namer.frame(abort, { exact: true });
  assert.equal(namer.frame(abort, { exact: true }), frame);
  assert.equal(modules.refresh(), false);
  assert.equal(namer.frame(abort, { exact: true }), frame);
  machine.setMappings(readMaps(Deno.pid).filter(({ path }) => !/\/libm\.so/.test(path)));
  assert.equal(modules.refresh(), true);
  assert.notEqual(namer.frame(abort, { exact: true }), frame);
  assert.deepEqual(namer.frame(abort, { exact: true }), frame);
});

Deno.test("NativeNamer names what is in no module by its place", async (t) => {
  using machine = setup();
  const namer = new NativeNamer(machine.modules, { findFunction: () => null });
  for (
    const [pc, symbol] of [[0, "[unknown]+0x0"], [8, "[unknown]+0x8"], [
      2 ** 46 + 0x123,
      "[unknown]+0x400000000123",
    ]] as const
  ) {
    await t.step(symbol, () => {
      const frame = namer.frame(pc, { exact: true });
      assert.deepEqual([frame.symbol, frame.named, frame.module], [symbol, false, "[unknown]"]);
    });
  }
  await t.step("a return address of 0", () => {
    assert.equal(namer.frame(0, { exact: false }).symbol, "[unknown]+0x0");
  });
});
