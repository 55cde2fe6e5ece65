import assert from "node:assert/strict";
import { taskName } from "../../src/kernel/tasks.ts";

const NO_PID = 2 ** 22 + 1;

Deno.test("taskName() tells the name of a task, null for one that has ended", () => {
  assert.equal(taskName(Deno.pid, Deno.pid), Deno.readTextFileSync(`/proc/${Deno.pid}/comm`).trimEnd());
  assert.equal(taskName(Deno.pid, NO_PID), null);
});
