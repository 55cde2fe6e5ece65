/** Frames of 3.11 and later in hand-made memory: how they are split into activations, by version. */

import assert from "node:assert/strict";
import { describeStack, type Fields, PythonImage } from "../support/python_image.ts";

const STACK = 0x7fff_0000;
/** Room for a frame, or anything else that is kept on a native stack. */
const ROOM = 0x100;
const BOTH = "7fff0000[leaf:4 caller:2] 7fff0100[<module>:3]";

/** A frame of `name` at an instruction: line `instruction + 1`. */
function frame(python: PythonImage, name: string, instruction: number, fields: Fields = {}): number {
  const code = python.code({ name });
  return python.struct("iframe", { code, instruction: python.instruction(code, instruction), ...fields });
}

/** leaf and caller in one activation, the module in another; frames innermost first. */
function threeFrames(python: PythonImage): [leaf: number, caller: number, module: number] {
  return [frame(python, "leaf", 3), frame(python, "caller", 1), frame(python, "<module>", 2)];
}

function link(python: PythonImage, frames: readonly number[]): void {
  frames.forEach((at, i) => python.struct("iframe", { previous: frames[i + 1] ?? 0 }, at));
}

Deno.test("InterpreterFrameReader splits the frames of 3.11 by cframes and entry frames", async (t) => {
  const python = new PythonImage("3.11");
  const frames = threeFrames(python);
  const [leaf, caller, module] = frames;
  link(python, frames);
  python.struct("iframe", { isEntry: 1 }, caller);
  python.struct("iframe", { isEntry: 1 }, module);
  const thread = python.allocate(python.offsets.thread.size);
  const root = thread + 336;
  python.struct("cframe", { currentFrame: 0, previous: 0 }, root);
  python.struct("cframe", { currentFrame: module, previous: root }, STACK + ROOM);
  python.struct("cframe", { currentFrame: leaf, previous: STACK + ROOM }, STACK);
  python.struct("thread", { cframe: STACK }, thread);
  const check = (name: string, expected: string, first?: number) =>
    t.step(name, () => assert.equal(describeStack(python.stack(thread, { cframe: first })), expected));

  await check("two activations", BOTH);
  await check("from the second on", "7fff0100[<module>:3]", STACK + ROOM);
  python.struct("iframe", { instruction: python.instruction(python.code({ name: "x" }), 0) }, leaf);
  await check("an instruction of another code object", "torn");
});

Deno.test("InterpreterFrameReader splits the frames of 3.12 by shims, which the cframes must agree with", async (t) => {
  const python = new PythonImage("3.12");
  const [leaf, caller, module] = threeFrames(python);
  const shims = [STACK, STACK + ROOM];
  link(python, [leaf, caller, shims[0], module, shims[1]]);
  // Here a shim's code object is a real one.
  const code = python.code({ name: "<interpreter trampoline>", file: "<shim>" });
  for (const shim of shims) python.struct("iframe", { owner: 3, code }, shim);
  const thread = python.allocate(python.offsets.thread.size);
  const root = thread + 272;
  python.struct("cframe", { currentFrame: 0 }, root);
  python.struct("cframe", { currentFrame: module, previous: root }, STACK + ROOM + 96);
  python.struct("cframe", { currentFrame: leaf, previous: STACK + ROOM + 96 }, STACK + 96);
  python.struct("thread", { cframe: STACK + 96 }, thread);
  await t.step("two activations", () => assert.equal(describeStack(python.stack(thread)), BOTH));
  await t.step("their cframes", () => {
    assert.deepEqual(python.stack(thread).activations.map(({ cframe }) => cframe), [STACK + 96, STACK + ROOM + 96]);
  });
  await t.step("an activation without frames: all that it ran has returned", () => {
    python.struct("cframe", { currentFrame: shims[0] }, STACK + 96);
    assert.equal(describeStack(python.stack(thread)), "7fff0000[] 7fff0100[<module>:3]");
  });
});

/** Versions whose shims have None for a code object; tags are 3.14's. */
const SHIMS = ["3.13", "3.13t", "3.14", "3.14t", "3.15", "3.15t"];

for (const table of SHIMS) {
  Deno.test(`InterpreterFrameReader splits the frames of ${table} by shims`, async (t) => {
    const python = new PythonImage(table);
    const isTagged = python.dialect.codeTagMask !== 0;
    const none = python.allocate(64) + (isTagged ? 1 : 0);
    const [leaf, caller, module] = threeFrames(python);
    const shims = [STACK, STACK + ROOM];
    for (const shim of shims) python.struct("iframe", { owner: 3, code: none }, shim);
    const hasBase = python.offsets.thread.baseFrame !== null;
    const thread = python.allocate(python.offsets.thread.size + 200);
    const base = thread + python.offsets.thread.size;
    if (hasBase) {
      python.struct("iframe", { owner: 3, code: none, previous: 0 }, base);
      python.struct("thread", { baseFrame: base }, thread);
    }
    const end = hasBase ? [base] : [];
    const run = (...frames: number[]) => {
      link(python, frames);
      python.struct("thread", { currentFrame: frames[0] ?? 0 }, thread);
    };
    const check = (name: string, expected: string) =>
      t.step(name, () => assert.equal(describeStack(python.stack(thread)), expected));

    run(leaf, caller, shims[0], module, shims[1], ...end);
    await check("two activations", BOTH);
    if (isTagged) {
      for (const tag of [1, 2, 3]) {
        const code = python.code({ name: "leaf" });
        python.struct("iframe", { code: code + tag, instruction: python.instruction(code, 3) }, leaf);
        await check(`a code object with tag ${tag}`, BOTH);
      }
    }
    run(shims[0], module, shims[1], ...end);
    await check("an activation without frames", "7fff0000[] 7fff0100[<module>:3]");
    run(...end);
    await check("a thread that runs nothing", "");

    const cleanup = python.code({ name: "__init__", file: "__init__" });
    const hidden = python.struct("iframe", { code: cleanup, instruction: python.instruction(cleanup, 1) });
    run(leaf, hidden, caller, shims[0], module, shims[1], ...end);
    await check("the clean-up frame of a constructor is hidden", BOTH);

    const late = python.code({ name: "late", firstLine: 50 });
    python.struct("code", { firstTraceable: 4 }, late);
    const begun = python.struct("iframe", { code: late, instruction: python.instruction(late, 3) });
    run(begun, shims[0], module, shims[1], ...end);
    await check("a frame that has not begun is at its first line", "7fff0000[late:50] 7fff0100[<module>:3]");
    python.struct("iframe", { instruction: 0 }, begun);
    await check("so is one without an instruction", "7fff0000[late:50] 7fff0100[<module>:3]");

    if (python.offsets.iframe.tlbcIndex === null) return;
    const copy = python.allocate(64);
    const own = python.code({ name: "own" });
    const array = python.struct("tlbc", { count: 3 });
    python.memory.struct(array + python.offsets.tlbc.items!, { 16: copy });
    python.struct("code", { tlbc: array }, own);
    const inCopy = python.struct("iframe", { code: own, instruction: copy + 6, tlbcIndex: 2 });
    run(inCopy, shims[0], module, shims[1], ...end);
    await check("a frame in the thread's own copy of the bytecode", "7fff0000[own:4] 7fff0100[<module>:3]");
    python.struct("iframe", { tlbcIndex: 1 }, inCopy);
    await check("a frame in a copy that is not there", "torn");
    assert.ok(python.codes.takeMissing() === false, "the array was in the capture, so that asking again is no use");
  });
}
