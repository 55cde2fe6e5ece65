/**
 * The source lines of a dump. They are looked up when the threads run again, and may take their time.
 * @module
 */

import { type CaptureRecord, REGISTERS } from "../ffi/capture_record.ts";
import type { Dump } from "../types.ts";
import type { LineResolver } from "../unwind/lines/line_resolver.ts";
import { lineResolverOf } from "./lines.ts";
import type { Target } from "./target.ts";

/** Looks up the lines of native frames, and the calls that were inlined there. */
export class DumpLines implements Disposable {
  readonly #target: Target;
  readonly #resolver: LineResolver;
  readonly #begun: Promise<void>[] = [];

  /** Borrows the target, which must outlive it. `warn` is told, once a file, why it has no lines. */
  constructor(target: Target, warn?: (message: string) => void) {
    this.#target = target;
    this.#resolver = lineResolverOf(target, warn);
  }

  /** Has the file read that a thread was captured in: that takes longest, and goes on while stacks are unwound. */
  begin(record: CaptureRecord): void {
    const pc = record.register(REGISTERS.rip);
    const module = this.#target.modules.find(pc)?.path;
    if (module === undefined) return;
    this.#begun.push(
      this.#resolver.load([{ kind: "native", pc, symbol: "", named: false, offset: 0, module, exact: true }]),
    );
  }

  /** The dump with source lines. */
  async add(dump: Dump): Promise<Dump> {
    await Promise.all(this.#begun);
    const stacks = await this.#resolver.resolve(dump.threads.map(({ stack }) => stack));
    return { ...dump, threads: dump.threads.map((thread, i) => ({ ...thread, stack: stacks[i] })) };
  }

  /** Ends all reading. */
  [Symbol.dispose](): void {
    this.#resolver[Symbol.dispose]();
  }
}
