/**
 * Which stacks tests/fixtures/busy.py, or another program that says the same, can have.
 * @module
 */

import assert from "node:assert/strict";
import type { PythonFrame, Stack } from "../../src/types.ts";

/** Where a thread's stack begins. */
const ROOTS = ["<module>", "_bootstrap", "Thread._bootstrap"];

/** What the program says of itself. */
export class PossibleStacks {
  /** Thread ids of the threads that do nothing. */
  readonly idle: readonly number[];
  readonly #calls: ReadonlySet<string>;
  readonly #lines: Readonly<Record<string, readonly number[]>>;
  readonly #starts: Readonly<Record<string, number>>;

  /** Reads what a program said when it was ready. */
  constructor(target: { readonly ready: string }) {
    const { calls, lines, starts, idle } = JSON.parse(target.ready);
    this.idle = idle;
    this.#calls = new Set(calls.map((call: unknown[]) => call.join(" > ")));
    this.#lines = lines;
    this.#starts = starts;
  }

  /** Fails where the Python frames of a stack are none that the program can have. */
  check({ frames }: Stack): void {
    const python = frames.filter((frame) => frame.kind === "python");
    assert.ok(python.length > 0, "a stack without a Python frame");
    assert.ok(ROOTS.includes(python[0].function), `a stack that begins with ${python[0].function}`);
    python.forEach((frame, i) => {
      assert.ok(this.#lines[nameOf(frame)]?.includes(frame.line), `a line that never runs:\n${textOf(python)}`);
      if (i === 0) return;
      // Making a generator is a call that the interpreter tells nobody about.
      if (i === python.length - 1 && this.#starts[nameOf(frame)] === frame.line) return;
      const call = `${nameOf(python[i - 1])} > ${python[i - 1].line} > ${nameOf(frame)}`;
      assert.ok(this.#calls.has(call), `a call that never happens: ${call}\n${textOf(python)}`);
    });
  }
}

function nameOf(frame: PythonFrame): string {
  return `${frame.file}:${frame.function}`;
}

function textOf(frames: readonly PythonFrame[]): string {
  return frames.map((frame) => `${frame.function} (${frame.file}:${frame.line})`).join("\n");
}
