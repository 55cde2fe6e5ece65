/**
 * Every state that a stop was seen to catch the frame chain in, and that must be reported and never guessed at, of 3.11
 * and later; and memory that is simply hostile.
 */

import assert from "node:assert/strict";
import { Scene, STACK } from "../support/frame_scene.ts";
import { describeStack } from "../support/python_image.ts";

const NOWHERE = 0x7fff_f000_0000;

type Break = readonly [name: string, apply: (scene: Scene) => void];

/** Of all versions. */
const ALWAYS: readonly Break[] = [
  ["a frame that is its own caller", ({ python, leaf }) => python.struct("iframe", { previous: leaf }, leaf)],
  ["a frame that its caller's caller calls", (scene) => scene.link(scene.module, scene.leaf)],
  ["a caller nowhere", ({ python, module }) => python.struct("iframe", { previous: NOWHERE }, module)],
  ["a caller at no address", ({ python, leaf }) => python.struct("iframe", { previous: -1 }, leaf)],
  ["a caller in the first page", ({ python, leaf }) => python.struct("iframe", { previous: 16 }, leaf)],
  ["a current frame nowhere", (scene) => scene.run(NOWHERE)],
  ["a current frame at no address", (scene) => scene.run(-1)],
  ["a current frame of what was on the stack before", (scene) => scene.run(scene.python.allocate(200))],
  ["code that is no code object", ({ python, leaf, thread }) => python.struct("iframe", { code: thread }, leaf)],
  ["code nowhere", ({ python, leaf }) => python.struct("iframe", { code: NOWHERE }, leaf)],
  ["an instruction before the code's", ({ python, leaf }) => python.struct("iframe", { instruction: 0x1000 }, leaf)],
  ["an instruction behind the code's", ({ python, leaf }) => python.struct("iframe", { instruction: 2 ** 46 }, leaf)],
  ["a chain that ends without a marker", ({ python, module, leaf }) => {
    if (python.offsets.iframe.isEntry !== null) python.struct("iframe", { isEntry: 0 }, module);
    python.struct("iframe", { previous: 0 }, python.offsets.iframe.isEntry === null ? leaf : module);
  }],
  ["a suspended generator's frame, switched to but not linked yet", (scene) => {
    const { python } = scene;
    const code = python.code({ name: "generator" });
    scene.run(python.struct("iframe", { code, instruction: python.instruction(code, 1), owner: 1, previous: 0 }));
  }],
];

/** Of 3.11 and 3.12, whose prologue publishes a CFrame before it is filled. */
const CFRAMES: readonly Break[] = [
  ["an outer frame that is not the next activation's", (scene) => {
    scene.python.struct("cframe", { currentFrame: scene.leaf }, scene.cframes[1]);
  }],
  ["a CFrame whose previous is unset", ({ python, cframes }) => python.struct("cframe", { previous: 0 }, cframes[0])],
  ["a CFrame whose previous is stale: itself", ({ python, cframes }) => {
    python.struct("cframe", { previous: cframes[0] }, cframes[0]);
  }],
  ["a CFrame whose previous is stale: further in", ({ python, cframes }) => {
    python.struct("cframe", { previous: cframes[0] - 64 }, cframes[0]);
  }],
  ["a CFrame nowhere", ({ python, thread }) => python.struct("thread", { cframe: NOWHERE }, thread)],
  ["CFrames that skip an activation", ({ python, cframes, root }) => {
    python.struct("cframe", { previous: root }, cframes[0]);
  }],
  ["an outermost CFrame with a frame", ({ python, root, leaf }) => {
    python.struct("cframe", { currentFrame: leaf }, root);
  }],
];

/** Of 3.11. */
const ENTRIES: readonly Break[] = [
  ["an entry frame that is not linked yet", ({ python, leaf }) => python.struct("iframe", { previous: 0 }, leaf)],
  ["an entry frame that does not say so yet", ({ python, leaf }) => python.struct("iframe", { isEntry: 0 }, leaf)],
];

/** Of 3.13 and later. */
const SHIMS: readonly Break[] = [
  ["a shim that does not say so yet", ({ python, shims }) => python.struct("iframe", { owner: 0, code: 0 }, shims[0])],
  ["a shim further in than the one before", (scene) => {
    const { python, shims: [shim], module } = scene;
    scene.link(shim, python.struct("iframe", { owner: 3, previous: module }, STACK - 0x100));
  }],
];

const BASE: readonly Break[] = [
  ["a chain that does not end in the base frame", ({ python, shims }) => {
    python.struct("iframe", { previous: 0 }, shims[1]);
  }],
];

const BREAKS: readonly [table: string, breaks: readonly Break[]][] = [
  ["3.11", [...ALWAYS, ...CFRAMES, ...ENTRIES]],
  ["3.12", [...ALWAYS, ...CFRAMES]],
  ["3.13", [...ALWAYS, ...SHIMS]],
  ["3.14", [...ALWAYS, ...SHIMS]],
  ["3.14t", [...ALWAYS, ...SHIMS]],
  ["3.15", [...ALWAYS, ...SHIMS, ...BASE]],
];

for (const [table, breaks] of BREAKS) {
  Deno.test(`InterpreterFrameReader reports the frames of ${table} that are torn`, async (t) => {
    const markers = table === "3.11" ? [STACK + 96, STACK + 0x160] : [STACK, STACK + 0x100];
    const [inner, outer] = markers.map((marker) => marker.toString(16));
    await t.step("and no others", () => assert.equal(new Scene(table).stack, `${inner}[leaf:2] ${outer}[<module>:2]`));
    for (const [name, apply] of breaks) {
      await t.step(name, () => {
        const scene = new Scene(table);
        apply(scene);
        assert.equal(scene.stack, "torn");
      });
    }
  });
}

Deno.test("InterpreterFrameReader takes the caller of a frame of 3.12 that is not linked yet", async (t) => {
  const scene = new Scene("3.12");
  const { python, thread, leaf, module, shims: [shim] } = scene;
  const code = python.code({ name: "called" });
  const called = python.struct("iframe", { code, instruction: python.instruction(code, 1), previous: module });
  scene.run(called);
  const [inner, outer] = scene.shims.map((marker) => marker.toString(16));
  const above = leaf - 64;
  const cases: [name: string, caller: number, expected: string][] = [
    ["its caller", leaf, `${inner}[called:2 leaf:2] ${outer}[<module>:2]`],
    ["the caller of that, which would do as well", shim, `${inner}[called:2] ${outer}[<module>:2]`],
    ["a frame of another activation", module, "torn"],
    ["itself", called, "torn"],
    ["no frame", python.allocate(200), "torn"],
    ["nothing", 0, "torn"],
  ];
  python.struct("thread", { datastackTop: above, datastackLimit: above }, thread);
  for (const [name, caller, expected] of cases) {
    await t.step(name, () => assert.equal(describeStack(python.stack(thread, { caller })), expected));
  }
  python.struct("thread", { datastackTop: leaf, datastackLimit: leaf + 4096 }, thread);
  await t.step("a frame that has returned", () => {
    assert.equal(describeStack(python.stack(thread, { caller: leaf })), "torn");
  });
});

Deno.test("InterpreterFrameReader takes the caller of a frame of 3.11 that is not linked yet", async (t) => {
  const scene = new Scene("3.11");
  const { python, thread, leaf, module } = scene;
  const code = python.code({ name: "called" });
  scene.run(python.struct("iframe", { code, instruction: python.instruction(code, 1), previous: module }));
  python.struct("thread", { datastackTop: leaf - 64, datastackLimit: leaf - 64 }, thread);
  const [inner, outer] = scene.cframes.map((marker) => marker.toString(16));
  for (
    const [name, caller, expected] of [
      ["its caller", leaf, `${inner}[called:2 leaf:2] ${outer}[<module>:2]`],
      ["a frame of another activation", module, "torn"],
      ["nothing", 0, "torn"],
    ] as const
  ) {
    await t.step(name, () => assert.equal(describeStack(python.stack(thread, { caller })), expected));
  }
});

for (const table of ["3.13", "3.14", "3.14t", "3.15"]) {
  Deno.test(`InterpreterFrameReader knows a shim of ${table} by its place before it says so`, async (t) => {
    const scene = new Scene(table);
    const { python, thread, shims: [shim, other] } = scene;
    const [inner, outer] = scene.shims.map((marker) => marker.toString(16));
    python.struct("iframe", { owner: 0, code: 0 }, shim);
    for (
      const [name, sp, cfa, expected] of [
        ["in the innermost native frame", shim - 64, shim + 96, `${inner}[leaf:2] ${outer}[<module>:2]`],
        ["at its lower end", shim, shim + 96, `${inner}[leaf:2] ${outer}[<module>:2]`],
        ["not at its upper end", shim - 64, shim, "torn"],
        ["not in another native frame", other, other + 96, "torn"],
      ] as const
    ) {
      await t.step(name, () => assert.equal(describeStack(python.stack(thread, { entered: { sp, cfa } })), expected));
    }
  });
}
