/** A dump of a real process as JSON: as its schema says, with the stack that the text has. */

import assert from "node:assert/strict";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { violations } from "../support/json_schema.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

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
  assert.deepEqual([main.tid, main.python_name], [target.pid, "MainThread"]);
  assert.match(threads[0].python_name, /^Thread-\d( \(walk\))?$/);
  const kinds = new Set(main.frames.map(({ kind }: { kind: string }) => kind));
  assert.ok(kinds.has("python") && kinds.has("native"), [...kinds].join());
  // It waits in a read of its standard input.
  assert.deepEqual([main.state, main.system_call.name, main.system_call.arguments[0]], ["S", "read", "0x0"]);
  assert.match(main.wait_channel ?? "not told", /read|pipe|not told/);
  const libc = main.frames.find(({ module = "" }: { module?: string }) => /libc[.-]/.test(module));
  assert.match(libc.build_id, /^[0-9a-f]{16,}$/);
  assert.ok(Math.abs(Date.parse(json.processes[0].time) - Date.now()) < 600_000);
  assert.deepEqual([main.proof.flaw, main.proof.matched], [null, main.proof.expected]);
});

testTypicalPythons(
  "-w --json -C has children in their parents, through a shell, and --diff finds them",
  async (python) => {
    using folder = new TemporaryFolder();
    const source = "import subprocess, sys\n" +
      "child = subprocess.Popen(['sh', '-c', sys.executable + ' -c \"import time; time.sleep(600)\"; :'])\n" +
      "print('ready', flush=True)\nsys.stdin.read()\nchild.kill()\n";
    await using target = await Target.run(python, source);
    let json: Json;
    let text = "";
    // The shell has yet to start its Python.
    for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
      const run = await austinp(["-Cw", `${target.pid}`, "--json"]);
      text = run.stdout;
      json = run.code === 0 ? JSON.parse(text) : { processes: [{ children: [] }] };
      if (json.processes[0].children.length > 0) break;
    }
    assert.deepEqual(violations(json, SCHEMA), []);
    assert.equal(json.processes.length, 1);
    const [{ pid, children: [child] }] = json.processes;
    try {
      assert.equal(pid, target.pid);
      const names = child.threads[0].frames.map((frame: Json) => frame.function);
      assert.ok(names.includes("<module>"), names.join());
      const saved = folder.file("saved.json");
      Deno.writeTextFileSync(saved, text);
      // Other libraries than the interpreter's own may still be starting; what waits is where it was.
      const again = await austinp(["-Cw", `${target.pid}`, "--diff", saved]);
      assert.equal(again.code, 0, again.stderr);
      assert.match(again.stdout, /where (it was|they were)\n$/);
    } finally {
      if (child !== undefined) Deno.kill(child.pid, "SIGKILL");
    }
  },
);
