/** Code objects whose memory is used again at once: a stack shows the one that runs now. */

import assert from "node:assert/strict";
import { sample } from "../../mod.ts";
import { Interpreter } from "../../src/sampler/interpreter.ts";
import { findTarget } from "../../src/sampler/target_search.ts";
import type { Microseconds, PythonFrame, Stack } from "../../src/types.ts";
import { testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

/** The program runs so many, and then the first again. */
const PROGRAMS = 50;
const DUMPS = 60;
const SAMPLES = 300;
/** A sample may be late, by some programs. */
const STEP_MAX = PROGRAMS / 2;
/** After this long without a sample, on a busy machine, any program may run; each does for 2 ms. */
const TRUST_MAX: Microseconds = 20_000;

testEachPython("dumps show which of many code objects at one address runs", async (python) => {
  await using target = await Target.start(python, "reuse.py");
  using process = await findTarget(target.pid, { timeout: 1_000_000 });
  using interpreter = new Interpreter(process);
  for (let i = 0; i < DUMPS; i++) {
    await target.send();
    const number = Number(await target.line());
    process.session.dump(false);
    const [record] = process.session.drain();
    assert.equal(programOf(interpreter.interpret(record).stack), number);
  }
});

testEachPython("samples show which of many code objects at one address runs", async (python) => {
  await using target = await Target.start(python, "reuse.py", { args: ["--spin"] });
  await target.send();
  const seen = new Set<number>();
  let last: number | null = null;
  let count = 0;
  let since = 0;
  for await (const { stack, time } of sample(target.pid, { interval: 1000 })) {
    since += time;
    const program = stack.proof.flaw === null ? programOf(stack) : null;
    if (program === null) continue;
    const step: number = last === null ? 0 : (program - last + PROGRAMS) % PROGRAMS;
    assert.ok(since > TRUST_MAX || step < STEP_MAX, `program ${program} after ${last}, ${since} us later`);
    last = program;
    since = 0;
    seen.add(program);
    if (++count === SAMPLES) break;
  }
  assert.ok(seen.size > PROGRAMS / 2, `${seen.size} programs seen`);
});

/** The number of the program that runs, which its file tells; null between two. */
function programOf({ frames }: Stack): number | null {
  const frame = frames.find((frame): frame is PythonFrame => frame.kind === "python" && /^<\d+>$/.test(frame.file));
  if (frame === undefined) return null;
  const number = Number(frame.file.slice(1, -1));
  assert.deepEqual([frame.function, frame.line], ["<module>", 1 + number % 2]);
  return number;
}
