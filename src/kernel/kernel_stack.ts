/**
 * `/proc/PID/task/TID/stack`: text in, kernel frames out. The file has the innermost call first; what comes out has it
 * last, as all stacks here.
 *
 *     [<0>] do_epoll_wait+0x12/0x340
 *     [<0>] nfs_wait_bit_killable+0x1a/0x80 [nfs]
 *     [<0>] 0xffffffffffffffff
 * @module
 */

import type { KernelFrame, Pid } from "../types.ts";
import { readTextOrNull } from "./proc_file.ts";

/** The kernel itself stops at 64 (`MAX_STACK_TRACE_DEPTH` in fs/proc/base.c). */
const MAX_FRAMES = 64;
/** `KSYM_NAME_LEN` of the kernel is 512. */
const MAX_NAME = 512;
/** A kernel has some 100,000 symbols, a program sees a few hundred of them. */
const MAX_INTERNED = 16384;

// The address in brackets is 0 or real, as kptr_restrict has it; kernels of old have [<ffffffff81234567>].
const LINE = /^\[<[0-9a-f]+>\] ([^\s+]+)\+0x[0-9a-f]+\/0x[0-9a-f]+/;

/** Parses kernel stacks; the same symbol is the same frame object each time. */
export class KernelStackParser {
  readonly #frames = new Map<string, KernelFrame>();

  /** The frames of one stack, outermost first. Lines that name no symbol are left out. */
  parse(text: string): KernelFrame[] {
    const frames: KernelFrame[] = [];
    for (const line of text.split("\n", MAX_FRAMES)) {
      const symbol = LINE.exec(line)?.[1];
      if (symbol !== undefined && symbol.length <= MAX_NAME) frames.push(this.#intern(symbol));
    }
    return frames.reverse();
  }

  #intern(symbol: string): KernelFrame {
    const known = this.#frames.get(symbol);
    if (known !== undefined) return known;
    if (this.#frames.size >= MAX_INTERNED) this.#frames.clear();
    const frame: KernelFrame = { kind: "kernel", symbol };
    this.#frames.set(symbol, frame);
    return frame;
  }
}

/** What reading a kernel stack takes, `proc_pid_stack()` in fs/proc/base.c. */
export const KERNEL_STACK_RIGHT = "root or CAP_SYS_ADMIN";

/** Whether the kernel stacks of process `pid` may be read. */
export function canReadKernelStacks(pid: Pid): boolean {
  return readTextOrNull(`/proc/${pid}/task/${pid}/stack`) !== null;
}

/** Tells `warn` if the kernel stacks of process `pid` may not be read, and what would help. */
export function warnWithoutKernel(pid: Pid, warn: ((message: string) => void) | undefined): void {
  if (canReadKernelStacks(pid)) return;
  warn?.(`kernel stacks cannot be read, going on without them: that takes ${KERNEL_STACK_RIGHT}`);
}
