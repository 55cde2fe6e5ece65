/**
 * Starts the program to be sampled as a direct child.
 * @module
 */

import { LaunchError } from "../errors.ts";
import type { Pid } from "../types.ts";
import { loadShim } from "./library.ts";

const SYMBOLS = {
  // int32_t spawn_start(const uint8_t *argv, uint32_t size, int32_t argc, int32_t discard_stdout): pid or -errno
  spawn_start: { parameters: ["buffer", "u32", "i32", "i32"], result: "i32" },
  // int32_t spawn_poll(int32_t pid, int32_t *status): 1 ended, 0 lives, -ECHILD
  spawn_poll: { parameters: ["i32", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const ENOENT = 2;
const EACCES = 13;

/** A program that this process started. */
export class Child {
  readonly #shim = loadShim(SYMBOLS);
  readonly pid: Pid;
  #ended = false;

  /**
   * Starts `command`, found on PATH, with our standard streams and environment; with `discardStdout` its
   * standard output is /dev/null.
   *
   * @throws {LaunchError} if it cannot be executed.
   */
  constructor(readonly command: readonly string[], discardStdout: boolean) {
    const words = new TextEncoder().encode(command.map((word) => `${word}\0`).join(""));
    const pid = this.#shim.spawn_start(words, words.length, command.length, discardStdout ? 1 : 0);
    if (pid < 0) throw new LaunchError(`Cannot launch ${command[0]}: ${reason(-pid)}`);
    this.pid = pid;
  }

  /** Sends it a signal, if it has not ended. */
  signal(name: Deno.Signal): void {
    if (!this.ended) Deno.kill(this.pid, name);
  }

  /** Whether it has ended. Also frees its entry in the process table when it has. */
  get ended(): boolean {
    this.#ended ||= this.#shim.spawn_poll(this.pid, new Int32Array(1)) !== 0;
    return this.#ended;
  }
}

function reason(errno: number): string {
  if (errno === ENOENT) return "no such file, or not found on PATH";
  if (errno === EACCES) return "permission denied; is the file executable?";
  return `errno ${errno}`;
}
