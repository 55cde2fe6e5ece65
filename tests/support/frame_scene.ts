/**
 * Frames of 3.11 and later in hand-made memory, as they are when nothing is wrong with them.
 * @module
 */

import type { Address, ReadMemory } from "../../src/types.ts";
import { describeStack, PythonImage } from "./python_image.ts";

/** Where the native stack is. */
export const STACK = 0x7fff_0000;

/** One thread with two activations of a frame each, and handles on all that can break. */
export class Scene {
  readonly python: PythonImage;
  readonly thread: number;
  readonly leaf: number;
  readonly module: number;
  readonly shims = [STACK, STACK + 0x100] as const;
  readonly cframes = [STACK + 96, STACK + 0x100 + 96] as const;
  readonly root: number;
  readonly base: number;

  /** Of a version that has a table. */
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

/** Words by their address, which is a multiple of 8. */
export type MemoryPatches = Map<Address, bigint>;

/** Memory with some words changed. */
export function patched(read: ReadMemory, patches: ReadonlyMap<Address, bigint>): ReadMemory {
  return (address, into) => {
    if (!read(address, into)) return false;
    for (const [at, word] of patches) {
      for (let i = 0; i < 8; i++) {
        const offset = at + i - address;
        if (offset >= 0 && offset < into.length) into[offset] = Number(word >> BigInt(8 * i) & 0xffn);
      }
    }
    return true;
  };
}
