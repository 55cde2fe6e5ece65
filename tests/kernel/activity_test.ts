import assert from "node:assert/strict";
import { parseSystemCall, taskActivity } from "../../src/kernel/activity.ts";
import { systemCallName } from "../../src/kernel/system_calls.ts";

const STAT = (state: string) => `24 (a) b) ${state} 1 24 24 0 -1 0 0 0 0 0 0 0 0 0 20 0 2 0 777 0 0 0 0 0 0`;

Deno.test("parseSystemCall() reads number and arguments", () => {
  const words = ["0x7f12", "0x189", "0x0", "0x0", "0x0", "0xffffffff"];
  assert.deepEqual(parseSystemCall(`202 ${words.join(" ")} 0x7ffc0 0x7f10\n`), {
    ...{ number: 202, name: "futex", arguments: words },
  });
  assert.equal(parseSystemCall(`999 ${words.join(" ")} 0x7ffc0 0x7f10\n`)?.name, null);
  for (const text of ["running\n", "-1 0x7ffc0 0x7f10\n", "", "202 0x1 0x2\n", "x 0x1"]) {
    assert.equal(parseSystemCall(text), null, text);
  }
});

Deno.test("systemCallName() knows the numbers of x86-64", () => {
  const rows = [[0, "read"], [59, "execve"], [202, "futex"], [334, "rseq"], [335, null], [424, "pidfd_send_signal"]];
  for (const [number, name] of rows) assert.equal(systemCallName(number as number), name);
});

Deno.test("taskActivity() tells what a task waits for, and that it has ended", () => {
  const files: Record<string, string> = {
    "/proc/22/task/24/stat": STAT("S"),
    "/proc/22/task/24/wchan": "futex_wait_queue",
    "/proc/22/task/24/syscall": "230 0x1 0x0 0x7f 0x0 0x0 0x0 0x7ffc0 0x7f10\n",
    "/proc/22/task/25/stat": STAT("R"),
    "/proc/22/task/25/wchan": "0",
  };
  const readText = (path: string) => {
    if (files[path] === undefined) throw new Deno.errors.NotFound(path);
    return files[path];
  };
  assert.deepEqual(taskActivity(22, 24, readText), {
    state: "S",
    systemCall: { number: 230, name: "clock_nanosleep", arguments: ["0x1", "0x0", "0x7f", "0x0", "0x0", "0x0"] },
    waitChannel: "futex_wait_queue",
  });
  assert.deepEqual(taskActivity(22, 25, readText), { state: "R", systemCall: null, waitChannel: null });
  assert.equal(taskActivity(22, 26, readText), null);
});
