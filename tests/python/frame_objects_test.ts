/** Frames up to 3.10 in hand-made memory, whole and torn. */

import assert from "node:assert/strict";
import { describeStack, PythonImage } from "../support/python_image.ts";

/** A chain of frames, innermost first, each at instruction 1 of `name`: line 2. */
function chain(python: PythonImage, names: readonly string[]): number[] {
  const addresses = names.map(() => python.allocate(python.offsets.frame.size!));
  names.forEach((name, i) => {
    const instruction = 2 / python.dialect.instructionUnit;
    python.struct("frame", { back: addresses[i + 1] ?? 0, code: python.code({ name }), instruction }, addresses[i]);
  });
  return addresses;
}

for (const table of ["2.7", "3.6", "3.7", "3.8", "3.9"]) {
  Deno.test(`FrameObjectReader reads the frames of ${table}: one an activation`, async (t) => {
    const python = new PythonImage(table);
    const [leaf, caller] = chain(python, ["leaf", "caller", "<module>"]);
    const thread = python.struct("thread", { frame: leaf });
    await t.step("all", () => assert.equal(describeStack(python.stack(thread)), "[leaf:2] [caller:2] [<module>:2]"));
    await t.step("a frame that has not begun is at its function's first line", () => {
      python.struct("frame", { instruction: -1 }, leaf);
      assert.equal(describeStack(python.stack(thread)), "[leaf:1] [caller:2] [<module>:2]");
    });
    await t.step("a thread that runs nothing", () => {
      assert.equal(describeStack(python.stack(python.struct("thread", { frame: 0 }))), "");
    });
    const torn: [name: string, back: number][] = [
      ["a frame that is its own caller", leaf],
      ["a cycle", caller],
      ["a frame nowhere", 0x7000_0000],
      ["a frame at no address", 2 ** 63],
      ["a frame in the first page", 8],
    ];
    for (const [name, back] of torn) {
      await t.step(name, () => {
        python.struct("frame", { back }, caller);
        assert.equal(describeStack(python.stack(thread)), "torn");
      });
    }
    await t.step("a frame whose code object is none", () => {
      python.struct("frame", { back: 0, code: thread }, caller);
      assert.equal(describeStack(python.stack(thread)), "torn");
    });
    await t.step("a thread nowhere", () => assert.equal(describeStack(python.stack(0x7000_0000)), "torn"));
  });
}

Deno.test("FrameObjectReader gives the frames of 3.10 their CFrames for markers", async (t) => {
  const python = new PythonImage("3.10");
  const frames = chain(python, ["leaf", "caller", "<module>"]);
  const thread = python.allocate(python.offsets.thread.size);
  const stack = 0x7fff_0000;
  const [first, second, third] = [0, 0x100, 0x200].map((offset) => stack + offset);
  // The thread state's own CFrame, whose `previous` nobody sets.
  const root = thread + 264;
  const begin = (current: number, outermost = third) => {
    python.memory.struct(thread, { [264 + python.offsets.cframe.previous!]: 0xdead });
    python.struct("cframe", { previous: second }, first);
    python.struct("cframe", { previous: third }, second);
    python.struct("cframe", { previous: root }, third);
    if (outermost === second) python.struct("cframe", { previous: root }, second);
    python.struct("thread", { frame: frames[0], cframe: current }, thread);
  };
  const check = (name: string, expected: string) =>
    t.step(name, () => assert.equal(describeStack(python.stack(thread)), expected));

  begin(first);
  await check("as many as frames", "7fff0000[leaf:2] 7fff0100[caller:2] 7fff0200[<module>:2]");
  begin(second);
  await check("one less: the innermost has left its activation", "7fff0100[caller:2] 7fff0200[<module>:2]");
  begin(first);
  python.struct("thread", { frame: frames[1] }, thread);
  await check(
    "one more: the innermost activation has no frame yet",
    "7fff0000[] 7fff0100[caller:2] 7fff0200[<module>:2]",
  );
  python.struct("thread", { frame: frames[2] }, thread);
  await check("two more", "torn");
  begin(third);
  await check("two less", "torn");

  const broken: [name: string, previous: number][] = [
    ["a CFrame that is its own caller", first],
    ["a CFrame further in", first - 64],
    ["a CFrame nowhere", 0x7fff_f000_0000],
    ["a CFrame at no address", -1],
    ["no CFrame", 0],
  ];
  for (const [name, previous] of broken) {
    begin(first);
    python.struct("cframe", { previous }, first);
    await check(name, "torn");
  }
});
