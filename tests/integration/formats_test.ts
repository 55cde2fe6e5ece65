/** Every format of the executable, of a real run and converted: all of them hold the functions that ran. */

import assert from "node:assert/strict";
import { FORMATS } from "../../src/output/formats.ts";
import { READERS, totalsOf } from "../output/profile/readers.ts";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

testTypicalPythons("--format and --convert write what every client of the format reads", async (python) => {
  using folder = new TemporaryFolder();
  await using target = await Target.start(python, "steady.py");
  const mojo = folder.file("run.mojo");
  const run = await austinp(["-f", "-i", "1ms", "-x", "1", "-o", mojo, "-p", `${target.pid}`]);
  assert.equal(run.code, 0, run.stderr);
  const jsonl = folder.file("run.jsonl");
  assert.equal((await austinp(["--convert", mojo, "-o", jsonl])).code, 0);
  const expected = totalsOf(READERS.jsonl(Deno.readFileSync(jsonl)));
  assert.ok(Object.keys(expected).length > 3);
  for (const format of FORMATS.filter((name) => name in READERS)) {
    const file = folder.file("converted");
    assert.deepEqual(await austinp(["--convert", mojo, "--format", format, "-o", file]), {
      code: 0,
      stdout: "",
      stderr: "",
    });
    assert.deepEqual(totalsOf(READERS[format](Deno.readFileSync(file))), expected, format);
    const live = folder.file("live");
    const args = ["-i", "1ms", "-x", "1", "--format", format, "-o", live, "-p", `${target.pid}`];
    assert.equal((await austinp(args)).code, 0);
    const names = Object.keys(totalsOf(READERS[format](Deno.readFileSync(live))));
    assert.ok(Object.keys(expected).filter((name) => names.includes(name)).length > 3, `${format}: ${names}`);
  }
});
