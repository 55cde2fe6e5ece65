import assert from "node:assert/strict";
import { NoSuchProcessError } from "../../src/errors.ts";
import { listTasks, namespacedTids, taskName } from "../../src/kernel/tasks.ts";

const NO_PID = 2 ** 22 + 1;

Deno.test("listTasks() lists this process's tasks, the main one first", () => {
  const tids = listTasks(Deno.pid);
  assert.equal(tids[0], Deno.pid);
  assert.ok(tids.length > 1);
  assert.equal(new Set(tids).size, tids.length);
});

Deno.test("listTasks() throws NoSuchProcessError for a process that is not there", () => {
  assert.throws(() => listTasks(NO_PID), NoSuchProcessError);
});

Deno.test("taskName() tells the name of a task, null for one that has ended", () => {
  assert.equal(taskName(Deno.pid, Deno.pid), Deno.readTextFileSync(`/proc/${Deno.pid}/comm`).trimEnd());
  assert.equal(taskName(Deno.pid, NO_PID), null);
});

Deno.test("namespacedTids() maps ids to themselves in the reader's own namespace and leaves out tasks that ended", () => {
  assert.deepEqual(namespacedTids(Deno.pid, [Deno.pid, NO_PID]), new Map([[Deno.pid, Deno.pid]]));
});

Deno.test("namespacedTids() maps the ids of another pid namespace", async (t) => {
  const command = new Deno.Command("unshare", {
    args: ["--pid", "--fork", "--kill-child", "sh", "-c", "echo ready; read line"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  });
  let child: Deno.ChildProcess;
  try {
    child = command.spawn();
  } catch {
    console.log("skipped: no unshare(1)");
    return;
  }
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await t.step({
    name: "the first process of the namespace is 1",
    ignore: value === undefined, // unshare(2) was refused
    fn() {
      const children = Deno.readTextFileSync(`/proc/${child.pid}/task/${child.pid}/children`).trim();
      assert.deepEqual(namespacedTids(Number(children), [Number(children)]), new Map([[1, Number(children)]]));
    },
  });
  await child.stdin.close();
  await reader.cancel();
  await child.status;
});
