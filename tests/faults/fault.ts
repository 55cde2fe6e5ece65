/**
 * What can go wrong while a program is sampled, as something that can be made to happen: once in a test, often by
 * `deno task faults`.
 * @module
 */

import assert from "node:assert/strict";
import { buildLibrary } from "../support/c_program.ts";
import { Contained } from "../support/contained.ts";
import { Profiler } from "../support/profiler.ts";
import type { Python } from "../support/pythons.ts";

/** One case. */
export interface Fault {
  /** What happens, and to whom. */
  readonly name: string;
  /** How often in the long form. */
  readonly times: number;
  /** Whether it takes too long for the tests. */
  readonly onlyLong?: boolean;
  /** What is missing on this machine to make it happen; null for nothing. */
  readonly obstacle?: (python: Python) => string | null;
  /** Makes it happen once; throws where the target was harmed, or the profiler did not do what it had to. */
  readonly once: (python: Python) => Promise<void>;
}

/** A thing of tests/fixtures/faults.py. */
export interface Thing {
  readonly thing: string;
  readonly args?: readonly string[];
  /** Whether the library of faults.c is its first argument. */
  readonly needsLibrary?: boolean;
  /** How often it says before the end that it goes on. */
  readonly signs?: number;
  /** What it is to say in the end. */
  readonly expected: unknown;
  readonly profilerArgs?: readonly string[];
  /** What is to be so of the samples. */
  readonly check?: (lines: readonly string[]) => void;
}

/**
 * How a program is started that ends while it is sampled: by a parent that waits for it as most do. This runtime does not,
 * and may panic (docs/reliability.md). The program ends with its parent; the parent with its code, or 128 + signal.
 */
export const BY_PATIENT_PARENT = ["sh", "-c", '"$@"; exit $?', "sh", "setpriv", "--pdeathsig", "KILL"];

/** Has the program do a thing while it is sampled: it comes out as it would alone, and both end well. */
export async function underSampling(python: Python, what: Thing): Promise<void> {
  const { thing, args = [], needsLibrary = false, signs = 0, expected, profilerArgs = [], check } = what;
  const library = needsLibrary ? [buildLibrary("faults.c")] : [];
  const options = { prefix: BY_PATIENT_PARENT, args: [thing, ...library, ...args] };
  await using contained = await Contained.start(python, "faults.py", options);
  const { target, pid } = contained;
  await using profiler = await Profiler.attach(pid, profilerArgs);
  await profiler.samples(5);
  await target.send("go");
  for (let sign = 0; sign < signs; sign++) assert.equal(await target.line(), "going on");
  assert.deepEqual(JSON.parse(await target.line()), expected);
  const { code: end, signal } = await target.end();
  assert.deepEqual([end, signal], [0, null]);
  const { code, stderr } = await profiler.end();
  assert.equal(code, 0, stderr);
  check?.(profiler.lines);
}

/** Claims that samples with `mark` are there, and that each that is not flagged has `expected` too. */
export function assertEach(lines: readonly string[], mark: string, expected: RegExp): void {
  const marked = lines.filter((line) => line.includes(mark));
  assert.ok(marked.length > 0, `no sample with ${mark} among ${lines.length}`);
  for (const line of marked) if (!line.includes(":INVALID:")) assert.match(line, expected);
}
