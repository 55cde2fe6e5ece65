/** What a real run tells syslog, and what it costs where there is none. */

import assert from "node:assert/strict";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { fixture, Target } from "../support/target.ts";
import { testOnePython } from "../support/typical_pythons.ts";

const OWN_DEV = ["unshare", "--mount", "--propagation", "private", fixture("own_dev.sh")];

/** What is missing for a /dev of our own. */
function withoutOwnDev(): string | null {
  if (Deno.uid() !== 0) return "not root";
  const [command, ...args] = [...OWN_DEV, "true"];
  return new Deno.Command(command, { args, stderr: "null" }).outputSync().success ? null : "no mount namespaces";
}

testOnePython("syslogd is told what a run is and does, and nothing under AUSTIN_NO_LOGGING", async (python) => {
  await using target = await Target.start(python, "steady.py");
  await using listener = await Target.start(python, "syslog.py", { args: ["/dev/log"], prefix: OWN_DEV });
  // Only the second of two runs is told of.
  for (const [variable, interval] of [["AUSTIN_NO_LOGGING=1", "1ms"], ["AUSTIN_NO_LOGGING=", "2ms"]]) {
    const prefix = ["nsenter", `--mount=/proc/${listener.pid}/ns/mnt`, "env", variable];
    const { code, stderr } = await austinp(["-P", "-i", interval, "-x", "1", "-p", `${target.pid}`], { prefix });
    assert.deepEqual([code, stderr], [0, ""]);
  }
  const start = /^<142>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d austinp\[(\d+)\]: (.*)$/;
  const lines: string[] = [];
  const pids = new Set<string>();
  while (!/^\d+ samples in /.test(lines.at(-1) ?? "")) {
    const [, pid, text] = start.exec(JSON.parse(await listener.line())) ?? assert.fail("not as syslog has it");
    pids.add(pid);
    lines.push(text);
  }
  assert.equal(pids.size, 1);
  assert.deepEqual(lines.slice(0, 4), [
    "austinp 3.7.0 for Linux x86-64, with native frames",
    "the sampling interval is 2000 us",
    "output goes to standard output",
    `attaching to process ${target.pid}`,
  ]);
  assert.equal(lines.length, 5);
}, { obstacle: withoutOwnDev() });

testOnePython("--log-file grows by what each run says", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("log");
  await using target = await Target.start(python, "steady.py");
  for (const mode of ["-w", "-p"]) {
    const args = ["-P", "-x", "1", "-o", "/dev/null", "--log-file", file, mode, `${target.pid}`];
    assert.deepEqual(await austinp(args), { code: 0, stdout: "", stderr: "", signal: null });
  }
  const lines = Deno.readTextFileSync(file).trimEnd().split("\n").map((line) => line.replace(/^\S+ \S+ /, ""));
  assert.equal(lines.filter((line) => line.startsWith("info: austinp 3.7.0")).length, 2);
  assert.match(lines.at(-1)!, /^info: \d+ samples in /);
  assert.equal((await austinp(["--log-file", "/nonexistent/log", "-w", `${target.pid}`])).code, 255);
});
