/** A running sampler that is asked for a dump prints one and goes on; its target does not notice. */

import assert from "node:assert/strict";
import { parseCollapsed, samplesIn } from "../support/collapsed.ts";
import { startAustinp, TemporaryFolder } from "../support/austinp.ts";
import { assertUntouched, until } from "../support/proc.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

testTypicalPythons("SIGQUIT and SIGUSR1 dump to standard error, and sampling goes on", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  await using target = await Target.start(python, "steps.py");
  await using run = startAustinp(["-P", "-i", "1ms", "-o", file, "-p", `${target.pid}`]);
  await until(() => samplesIn(file) >= 5, "there are samples");
  for (const name of ["SIGQUIT", "SIGUSR1"] as const) {
    const before = samplesIn(file);
    run.signal(name);
    await until(() => samplesIn(file) > before + 5, `there are more after ${name}`);
  }
  run.signal("SIGTERM");
  const { code, stderr } = await run.outcome;
  assert.equal(code, 241, stderr);
  const blocks = stderr.split(/^(?=[^\n]* Process )/m).slice(1);
  assert.equal(blocks.length, 4, stderr);
  for (const [i, block] of blocks.entries()) {
    // The main thread computes, the other waits for a line.
    const [tid, caller] = i % 2 === 0
      ? ["\\d+", /^ {4}listen \(.*steps\.py:\d+\)$/m]
      : [target.pid, /^ {4}<module> \(.*steps\.py:\d+\)$/m];
    assert.match(block, new RegExp(`^(💤|🚀) Process ${target.pid} 🧵 Thread 0:${tid}\n`));
    assert.match(block, caller);
  }
  assert.ok(Number(parseCollapsed(await Deno.readTextFile(file)).closing.get("duration")) > 0);
  assertUntouched(target.pid);
  await target.send();
  assert.equal((await target.end()).code, 7);
});
