/**
 * Every state that a stop was seen to catch the frame chain in, and that must be reported and never guessed at, of 3.11
 * and later; and memory that is simply hostile.
 */

import assert from "node:assert/strict";
import { describeStack, PythonImage } from "../support/python_image.ts";

const STACK = 0x7fff_0000;
const NOWHERE = 0x7fff_f000_0000;

/** One thread with two activations of a frame each, and handles on all that can break. */
class Scene {
  readonly python: PythonImage;
  readonly thread: number;
  readonly leaf: number;
  readonly module: number;
  readonly shims = [STACK, STACK + 0x100] as const;
  readonly cframes = [STACK + 96, STACK + 0x100 + 96] as const;
  readonly root: number;
  readonly base: number;

  constructor(readonly table: string) {
    const python = this.python = new PythonImage(table);
    const { thread, iframe, cframe } = python.offsets;
    this.thread = python.allocate(thread.size + 200);
    this.root = this.thread + thread.size - cframe.size!;
    this.base = this.thread + thread.size;
    this.leaf = this.#frame("leaf");
    this.module = this.#frame("<module>");
    if (iframe.isEntry === null) {
      const code = table === "3.12" ? python.code({ name: "<interpreter trampoline>", file: "<shim>" }) : 0;
      for (const shim of this.shims) python.struct("iframe", { owner: 3, code }, shim);
      this.link(this.leaf, this.shims[0], this.module, this.shims[1]);
    } else {
      for (const frame of [this.leaf, this.module]) python.struct("iframe", { isEntry: 1 }, frame);
      this.link(this.leaf, this.module);
    }
    if (cframe.size !== null) {
      python.struct("cframe", { currentFrame: 0 }, this.root);
      python.struct("cframe", { currentFrame: this.module, previous: this.root }, this.cframes[1]);
      python.struct("cframe", { currentFrame: this.leaf, previous: this.cframes[1] }, this.cframes[0]);
      python.struct("thread", { cframe: this.cframes[0] }, this.thread);
    } else {
      python.struct("thread", { currentFrame: this.leaf }, this.thread);
    }
    if (thread.baseFrame === null) return;
    python.struct("iframe", { owner: 3 }, this.base);
    python.struct("thread", { baseFrame: this.base }, this.thread);
    python.struct("iframe", { previous: this.base }, this.shims[1]);
  }

  /** What the reader makes of it. */
  get stack(): string {
    return describeStack(this.python.stack(this.thread));
  }

  /** Makes each the caller of the one before; the last one's stays. */
  link(...frames: number[]): void {
    frames.slice(1).forEach((frame, i) => this.python.struct("iframe", { previous: frame }, frames[i]));
  }

  /** Makes a frame that nobody is running the current one. */
  run(frame: number): void {
    const { cframe } = this.python.offsets;
    if (cframe.size === null) this.python.struct("thread", { currentFrame: frame }, this.thread);
    else this.python.struct("cframe", { currentFrame: frame }, this.cframes[0]);
  }

  #frame(name: string): number {
    const { python } = this;
    const code = python.code({ name });
    return python.struct("iframe", { code, instruction: python.instruction(code, 1) });
  }
}

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

const BASE: readonly Break[] = [
  ["a chain that does not end in the base frame", ({ python, shims }) => {
    python.struct("iframe", { previous: 0 }, shims[1]);
  }],
];

const BREAKS: readonly [table: string, breaks: readonly Break[]][] = [
  ["3.11", [...ALWAYS, ...CFRAMES]],
  ["3.12", [...ALWAYS, ...CFRAMES]],
  ["3.13", ALWAYS],
  ["3.14", ALWAYS],
  ["3.14t", ALWAYS],
  ["3.15", [...ALWAYS, ...BASE]],
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
