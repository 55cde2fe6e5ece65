/** A dump of a real process as JSON: as its schema says, with the stack that the text has. */

import assert from "node:assert/strict";
import { austinp } from "../support/austinp.ts";
import { violations } from "../support/json_schema.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

const SCHEMA = JSON.parse(Deno.readTextFileSync(new URL("../../docs/where.schema.json", import.meta.url)));

testTypicalPythons("-w --json is what docs/where.schema.json says", async (python) => {
  await using target = await Target.start(python, "steady.py");
  const { code, stdout, stderr } = await austinp(["-kw", `${target.pid}`, "--json"]);
  assert.equal(code, 0, stderr);
  const json = JSON.parse(stdout);
  assert.deepEqual(violations(json, SCHEMA), []);
  const [{ pid, python: version, threads }] = json.processes;
  assert.equal(pid, target.pid);
  assert.match(version, /^\d\.\d+\.\d/);
  const main = threads.at(-1);
  assert.equal(main.tid, target.pid);
  const kinds = new Set(main.frames.map(({ kind }: { kind: string }) => kind));
  assert.ok(kinds.has("python") && kinds.has("native"), [...kinds].join());
  assert.deepEqual([main.proof.flaw, main.proof.matched], [null, main.proof.expected]);
});
