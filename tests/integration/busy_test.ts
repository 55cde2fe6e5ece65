/** A program that computes: every stack proves itself, and is one that the program can have. */

import assert from "node:assert/strict";
import { where } from "../../mod.ts";
import { PossibleStacks } from "../support/possible.ts";
import { testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

const DUMPS = 100;
/** Of versions that nobody maintains any more. */
const DUMPS_OLD = 25;
const OLDEST_MAINTAINED = 11;

testEachPython("where() of a computing program is right each time", async (python) => {
  const dumps = python.minor < OLDEST_MAINTAINED ? DUMPS_OLD : DUMPS;
  await using target = await Target.start(python, "busy.py", { args: ["--threads", "1", "--idle", "1"] });
  const possible = new PossibleStacks(target);
  for (let i = 0; i < dumps; i++) {
    const { threads } = await where(target.pid);
    assert.equal(threads.length, 3);
    for (const { stack, tid } of threads) {
      assert.equal(stack.proof.flaw, null, `dump ${i} of thread ${tid}: ${JSON.stringify(stack, null, 1)}`);
      assert.equal(stack.proof.matched, stack.proof.expected);
      possible.check(stack);
    }
    // It has gone to its wait long before the last dump.
    if (i === dumps - 1) assert.ok(threads.find(({ tid }) => tid === possible.idle[0])!.idle);
  }
});
