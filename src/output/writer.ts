/**
 * A buffered writer of text to a descriptor. Writing is asynchronous, so that a reader that pauses holds up neither
 * signals nor the drain of the ring.
 * @module
 */

import { ClosedOutputError, OutputError } from "../errors.ts";

/** Takes bytes, maybe not all; `Deno.stdout` and `Deno.FsFile` are such. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<number>;
}

/** How long to wait before trying again a descriptor that somebody made non-blocking, in milliseconds. */
const RETRY_DELAY = 5;

/** Collects text, and writes it at `flush()`. */
export class Writer {
  readonly #sink: ByteSink;
  readonly #name: string;
  readonly #encoder = new TextEncoder();
  #pending: string[] = [];

  /** `name` is what an error calls the sink. */
  constructor(sink: ByteSink, name: string) {
    this.#sink = sink;
    this.#name = name;
  }

  /** Adds text to what the next `flush()` writes. */
  write(text: string): void {
    this.#pending.push(text);
  }

  /**
   * Writes all that is pending.
   *
   * @throws {ClosedOutputError} if nobody reads the output any more.
   * @throws {OutputError} if it cannot be written for another reason, such as a full disk.
   */
  async flush(): Promise<void> {
    let bytes = this.#encoder.encode(this.#pending.join(""));
    this.#pending = [];
    while (bytes.length > 0) bytes = bytes.subarray(await this.#writeSome(bytes));
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
