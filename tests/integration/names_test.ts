/** Names that are not ASCII. */

import assert from "node:assert/strict";
import { where } from "../../mod.ts";
import type { Frame, PythonFrame } from "../../src/types.ts";
import { austinp } from "../support/austinp.ts";
import { testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

testEachPython("functions and files go by their names in every script", async (python) => {
  await using target = await Target.start(python, "names.py");
  const expected = JSON.parse(target.ready);
  const { threads } = await where(target.pid);
  assert.deepEqual(namesOf(threads[0].stack.frames), expected);

  const { code, stdout, stderr } = await austinp(["-w", `${target.pid}`], { env: { NO_COLOR: "1" } });
  assert.equal(code, 0, stderr);
  for (const [name, file] of expected) assert.ok(stdout.includes(`    ${name} (${file}:2)\n`), stdout);
});

/** Of the frames between the module's and the one that sleeps. */
function namesOf(frames: readonly Frame[]): string[][] {
  const python = frames.filter((frame): frame is PythonFrame => frame.kind === "python");
  return python.slice(1, 5).map((frame) => [frame.function, frame.file]);
}
