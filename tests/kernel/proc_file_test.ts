import assert from "node:assert/strict";
import { isDenied, isGone } from "../../src/kernel/proc_file.ts";

/** What a read of a process's file throws that was opened while the process lived. */
async function errorOfEnded(): Promise<unknown> {
  const child = new Deno.Command("sleep", { args: ["100"] }).spawn();
  using file = Deno.openSync(`/proc/${child.pid}/stat`);
  child.kill("SIGKILL");
  await child.status;
  try {
    file.readSync(new Uint8Array(10));
    return null;
  } catch (error) {
    return error;
  }
}

Deno.test("isGone() knows what is said of a process that has ended, before its file is opened or after", async () => {
  assert.equal(isGone(await errorOfEnded()), true);
  assert.equal(isGone(new Deno.errors.NotFound("no such file")), true);
  assert.equal(isGone(new Error("Input/output error (os error 5)")), false);
  assert.equal(isDenied(new Error("No such process (os error 3)")), false);
});
