/**
 * A buffered writer to a descriptor. Writing is asynchronous, so that a reader that pauses holds up neither
 * signals nor the drain of the ring.
 * @module
 */

import { ClosedOutputError, OutputError } from "../errors.ts";
import { type Chunk, encodeChunks } from "./chunk.ts";

/** Takes bytes, maybe not all; `Deno.stdout` and `Deno.FsFile` are such. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<number>;
  /** Cuts off what is behind `size` bytes, where that can be done. */
  truncate?(size: number): Promise<void>;
}

/** How long to wait before trying again a descriptor that somebody made non-blocking, in milliseconds. */
const RETRY_DELAY = 5;

/** Collects text and bytes, and writes them at `flush()`. */
export class Writer {
  readonly #sink: ByteSink;
  readonly #name: string;
  #pending: Chunk[] = [];
  /** Bytes that earlier flushes wrote. */
  #size = 0;

  /** `name` is what an error calls the sink. */
  constructor(sink: ByteSink, name: string) {
    this.#sink = sink;
    this.#name = name;
  }

  /** Adds to what the next `flush()` writes; text as UTF-8. */
  write(chunk: Chunk): void {
    this.#pending.push(chunk);
  }

  /**
   * Writes all that is pending.
   *
   * @throws {ClosedOutputError} if nobody reads the output any more.
   * @throws {OutputError} if it cannot be written for another reason, such as a full disk.
   */
  async flush(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    const bytes = encodeChunks(pending);
    let written = 0;
    try {
      while (written < bytes.length) written += await this.#writeSome(bytes.subarray(written));
      this.#size += written;
    } catch (error) {
      await this.#keepWhole(pending, written);
      throw error;
    }
  }

  /** Cuts a file off behind the last whole chunk: what is left of a sample would be read as another sample. */
  async #keepWhole(chunks: readonly Chunk[], written: number): Promise<void> {
    let whole = 0;
    for (const chunk of chunks) {
      const size = encodeChunks([chunk]).length;
      if (whole + size > written) break;
      whole += size;
    }
    try {
      await this.#sink.truncate?.(this.#size + whole);
    } catch {
      // A device or a pipe; nothing that was written there can be taken back.
    }
  }

  async #writeSome(bytes: Uint8Array): Promise<number> {
    try {
      return await this.#sink.write(bytes);
    } catch (cause) {
      if (cause instanceof Deno.errors.WouldBlock) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
        return 0;
      }
      if (cause instanceof Deno.errors.BrokenPipe) {
        throw new ClosedOutputError(`Cannot write to ${this.#name}: nobody reads it any more`, { cause });
      }
      throw new OutputError(`Cannot write to ${this.#name}: ${systemReason(cause)}`, { cause });
    }
  }
}

/** What the system says in an error of Deno's, without the number and the call: `No space left on device`. */
export function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/ \(os error \d+\).*$/s, "");
}
