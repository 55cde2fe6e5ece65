/**
 * libunwind on copies: registers and stack of a capture in, native frames out.
 * @module
 */

import { ShimError } from "../errors.ts";
import type { Address, ByteCount, NativeStack } from "../types.ts";
import { type CaptureRecord, RecordFlag, REGISTERS } from "./capture_record.ts";
import { loadShim } from "./library.ts";

const SYMBOLS = {
  // struct unwinder *unwinder_create(void): NULL without memory
  unwinder_create: { parameters: [], result: "pointer" },
  // void unwinder_destroy(struct unwinder *u)
  unwinder_destroy: { parameters: ["pointer"], result: "void" },
  // void unwinder_clear(struct unwinder *u)
  unwinder_clear: { parameters: ["pointer"], result: "void" },
  // int32_t unwinder_expect_module(struct unwinder *u, double start, double end): 0 or -errno
  unwinder_expect_module: { parameters: ["pointer", "f64", "f64"], result: "i32" },
  // double unwinder_take_wanted(struct unwinder *u): a module's start, or 0
  unwinder_take_wanted: { parameters: ["pointer"], result: "f64" },
  // int32_t unwinder_set_tables(struct unwinder *u, double start, double header, double base, const uint8_t *bytes,
  //                             uint32_t size): 0 or -errno
  unwinder_set_tables: { parameters: ["pointer", "f64", "f64", "f64", "buffer", "u32"], result: "i32" },
  // int32_t unwinder_unwind(struct unwinder *u, int32_t tid, const uint8_t *registers, int32_t partial,
  //                         double stack_address, const uint8_t *stack, uint32_t size, double *frames, uint32_t max):
  //                         frames, negated where the outermost frame was not reached
  unwinder_unwind: {
    parameters: ["pointer", "i32", "buffer", "i32", "f64", "buffer", "u32", "buffer", "u32"],
    result: "i32",
  },
  // void unwinder_counts(const struct unwinder *u, double *counts)
  unwinder_counts: { parameters: ["pointer", "buffer"], result: "void" },
  // int32_t unwinder_resume(struct unwinder *u, double cfa, const int32_t *slots, double stack_address,
  //                         const uint8_t *stack, uint32_t size, double *frames, uint32_t max): as unwinder_unwind
  unwinder_resume: { parameters: ["pointer", "f64", "buffer", "f64", "buffer", "u32", "buffer", "u32"], result: "i32" },
  // int32_t unwinder_slots(struct unwinder *u, const uint8_t *registers, int32_t partial, double stack_address,
  //                        const uint8_t *stack, uint32_t size, uint32_t frame, int32_t *slots): 0 or -ENOENT
  unwinder_slots: { parameters: ["pointer", "buffer", "i32", "f64", "buffer", "u32", "u32", "buffer"], result: "i32" },
  // int32_t unwinder_function(struct unwinder *u, double pc, double *bounds): 0 or -ENOENT
  unwinder_function: { parameters: ["pointer", "f64", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const NO_BYTES = new Uint8Array();
/** Most stacks are no deeper. */
const FRAMES_FIRST = 1024;
/** No stack is followed further, whatever a broken one says. */
const FRAMES_MAX = 131072;
/** Registers that a function keeps for its caller: rbx, rbp, r12 to r15. */
const SLOTS = 6;

/** Below sp: System V ABI, AMD64 supplement, 3.2.2. */
const RED_ZONE: ByteCount = 128;
/** No frame of a function whose slots are asked for is larger. */
const FRAME_SIZE_MAX: ByteCount = 4096;

/** Code that the unwinder can step through. */
export interface UnwindModule {
  readonly start: Address;
  readonly end: Address;
  /** Reads its tables, when a stack leads into it first; null where it has none. */
  readonly tables: () => UnwindTables | null;
}

/** How to step through a module: all are runtime addresses. */
export interface UnwindTables {
  /** Of .eh_frame_hdr. */
  readonly header: Address;
  /** Of the first of `bytes`, which hold .eh_frame_hdr and .eh_frame. */
  readonly base: Address;
  readonly bytes: Uint8Array;
}

/** A function, or the cold part of one, as its FDE says: [start, end). */
export interface FunctionBounds {
  readonly start: Address;
  readonly end: Address;
  /** Where the function begins that this is the cold part of; null if it is none. */
  readonly hotStart: Address | null;
}

/** Frames of all stacks, and those of them that were not followed again. */
export interface FrameCounts {
  readonly frames: number;
  readonly known: number;
}

/** Unwinds captured stacks of one target. */
export class StackUnwinder implements Disposable {
  readonly #shim = loadShim(SYMBOLS);
  readonly #handle: Deno.PointerObject;
  #frames = new Float64Array(3 * FRAMES_FIRST);
  readonly #bounds = new Float64Array(3);
  readonly #modules = new Map<Address, UnwindModule>();
  /** Tables that the shim reads in place. */
  readonly #borrowed: Uint8Array[] = [];
  #disposed = false;

  /** @throws {ShimError} when memory runs out. */
  constructor() {
    const handle = this.#shim.unwinder_create();
    if (handle === null) throw new ShimError("create an unwinder", 12);
    this.#handle = handle;
  }

  /**
   * Takes these modules in place of all earlier ones.
   */
  setModules(modules: readonly UnwindModule[]): void {
    this.#shim.unwinder_clear(this.#handle);
    this.#modules.clear();
    this.#borrowed.length = 0;
    for (const module of modules) {
      this.#shim.unwinder_expect_module(this.#handle, module.start, module.end);
      this.#modules.set(module.start, module);
    }
  }

  /** Unwinds the stack of a capture. */
  unwind(record: CaptureRecord): NativeStack {
    const { stack, registers, stackAddress } = record;
    return this.#follow((frames, max) =>
      this.#shim.unwinder_unwind(
        this.#handle,
        record.tid,
        registers,
        partial(record),
        stackAddress,
        stack,
        stack.length,
        frames,
        max,
      )
    );
  }

  /**
   * Unwinds on from the caller of a frame whose CFA is known though the frames inside it could not be followed;
   * `slots` tells where that frame saved its caller's registers.
   */
  resume(record: CaptureRecord, cfa: Address, slots: Int32Array<ArrayBuffer>): NativeStack {
    const { stack, stackAddress } = record;
    return this.#follow((frames, max) =>
      this.#shim.unwinder_resume(this.#handle, cfa, slots, stackAddress, stack, stack.length, frames, max)
    );
  }

  /** Follows a stack, with more room as long as it does not fit. */
  #follow(follow: (frames: Float64Array<ArrayBuffer>, max: number) => number): NativeStack {
    for (;;) {
      const max = this.#frames.length / 3;
      const result = this.#withTables(() => follow(this.#frames, max));
      if (Math.abs(result) < max || max >= FRAMES_MAX) return nativeStack(this.#frames, result);
      this.#frames = new Float64Array(3 * 2 * max);
    }
  }

  /** Where frame `frame` of a capture's stack saved its caller's registers, as `resume` wants it; or null. */
  slots(record: CaptureRecord, frame: number): Int32Array<ArrayBuffer> | null {
    return this.#slots(record, { registers: record.registers, isPartial: partial(record), frame });
  }

  /** Where any frame of the function that holds `pc` does so while it is there; or null. */
  slotsAt(record: CaptureRecord, pc: Address): Int32Array<ArrayBuffer> | null {
    // All that counts is how the places lie to each other, wherever the frame is.
    const registers = record.registers.slice();
    const view = new DataView(registers.buffer);
    const sp = record.stackAddress + RED_ZONE;
    for (const [register, word] of [[REGISTERS.rip, pc], [REGISTERS.rsp, sp], [REGISTERS.rbp, sp + FRAME_SIZE_MAX]]) {
      view.setBigUint64(register, BigInt(word), true);
    }
    return this.#slots(record, { registers, isPartial: 0, frame: 0 });
  }

  #slots(
    { stack, stackAddress }: CaptureRecord,
    { registers, isPartial, frame }: { registers: Uint8Array<ArrayBuffer>; isPartial: number; frame: number },
  ): Int32Array<ArrayBuffer> | null {
    const slots = new Int32Array(SLOTS);
    const result = this.#withTables(() =>
      this.#shim.unwinder_slots(
        this.#handle,
        registers,
        isPartial,
        stackAddress,
        stack,
        stack.length,
        frame,
        slots,
      )
    );
    return result < 0 ? null : slots;
  }

  /** How many frames there were in the stacks so far, and how many of them were known from the thread's stack before. */
  get counts(): FrameCounts {
    const counts = new Float64Array(2);
    this.#shim.unwinder_counts(this.#handle, counts);
    const [frames, known] = counts;
    return { frames, known };
  }

  /** The function that holds `pc` by its FDE, or null. */
  functionAt(pc: Address): FunctionBounds | null {
    const result = this.#withTables(() => this.#shim.unwinder_function(this.#handle, pc, this.#bounds));
    if (result < 0) return null;
    const [start, end, parent] = this.#bounds;
    return { start, end, hotStart: parent === 0 ? null : parent };
  }

  /** Does something, again and again until no module's tables are missing in it. */
  #withTables(look: () => number): number {
    for (;;) {
      const result = look();
      const start = this.#shim.unwinder_take_wanted(this.#handle);
      if (start === 0) return result;
      const { header = 0, base = 0, bytes: read = NO_BYTES } = this.#modules.get(start)?.tables() ?? {};
      // V8 moves the bytes of small arrays that nobody has asked for their buffer.
      const bytes = new Uint8Array(read.buffer as ArrayBuffer, read.byteOffset, read.length);
      this.#borrowed.push(bytes);
      // Tables that are malformed are as good as none: stacks that lead into that module end there, and are flagged.
      this.#shim.unwinder_set_tables(this.#handle, start, header, base, bytes, bytes.length);
    }
  }

  /** Frees everything, once. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#shim.unwinder_destroy(this.#handle);
  }
}

function partial(record: CaptureRecord): number {
  return record.flags & RecordFlag.Partial;
}

/** Rows of (pc, sp, flags); a negative count says that the outermost frame was not reached. */
function nativeStack(frames: Float64Array, result: number): NativeStack {
  return {
    count: Math.abs(result),
    complete: result > 0,
    pc: (i) => frames[3 * i],
    sp: (i) => frames[3 * i + 1],
    flags: (i) => frames[3 * i + 2],
  };
}
