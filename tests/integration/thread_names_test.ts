/** Names of threads stay known in recordings, whose samples have numbers. */

import assert from "node:assert/strict";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

const NAMES = ["worker 5", 'a "b"; c'];

testTypicalPythons("a thread is found by its name in collapsed text and in MOJO, and shown by it", async (python) => {
  using folder = new TemporaryFolder();
  await using target = await Target.start(python, "thread_names.py", { args: NAMES });
  const tids = new Map<string, number>(JSON.parse(target.ready));
  for (const flags of [[], ["-b"]]) {
    const file = folder.file("recording");
    const run = await austinp([...flags, "-i", "10ms", "-x", "1", "-o", file, "-p", `${target.pid}`]);
    assert.equal(run.code, 0, run.stderr);
    for (const name of NAMES) {
      const { code, stdout, stderr } = await austinp(["--convert", file, "--thread", name, "--format", "collapsed"]);
      assert.deepEqual([code, stderr], [0, ""]);
      const samples = stdout.split("\n").filter((line) => line.startsWith("P"));
      assert.ok(samples.length > 10, `${samples.length} of ${name}`);
      for (const line of samples) assert.ok(line.startsWith(`P${target.pid};T0:${tids.get(name)};`), line);
    }
    const shown = folder.file("shown.speedscope.json");
    assert.equal((await austinp(["--convert", file, "-o", shown])).code, 0);
    const { profiles }: { profiles: { name: string }[] } = JSON.parse(Deno.readTextFileSync(shown));
    for (const name of NAMES) {
      const expected = `thread ${tids.get(name)} ${name}`;
      assert.ok(
        profiles.some(({ name }) => name.endsWith(expected)),
        `${expected} in ${profiles.map(({ name }) => name)}`,
      );
    }
  }
});
