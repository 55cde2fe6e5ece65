/** The executable launches a program: its streams are its own, and it is sampled to its end. */

import assert from "node:assert/strict";
import type { Frame } from "../../src/types.ts";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { parseCollapsed } from "../support/collapsed.ts";
import { testEachPython } from "../support/pythons.ts";
import { fixture } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

const PROGRAM = fixture("launched.py");
/** An interpreter that has just begun runs no Python for a few milliseconds. */
const EARLY = 10;
/** The program computes for 300 ms of CPU time; to find the interpreter and to read its symbols takes some of them. */
const COMPUTED = 200_000;

testEachPython("a launched program keeps its streams, and is sampled", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  const command = [python.path, PROGRAM, "--status", "3"];
  const { code, stdout, stderr } = await austinp(["-i", "1ms", "-o", file, ...command], { input: "a line" });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "out: A LINE\n");
  assert.match(stderr, /^err: said by the program$/m);
  assert.match(stderr, new RegExp(`Python version: ${python.version}\n`));

  const { header, maps, samples, closing } = parseCollapsed(await Deno.readTextFile(file));
  assert.deepEqual([...header.keys()], ["austin", "interval", "mode"]);
  assert.deepEqual([header.get("interval"), header.get("mode")], ["1000", "wall"]);
  assert.ok(maps.some(({ path }) => path === python.path));
  assert.ok(Number(closing.get("duration")) > 100_000);
  assert.equal(new Set(samples.map(({ pid }) => pid)).size, 1);
  assert.ok(samples.every(({ pid, tid }) => pid === tid));

  const first = samples.findIndex(({ frames }) => frames.some(({ kind }) => kind === "python"));
  assert.ok(first >= 0 && first < EARLY, `the first Python frame is in sample ${first}`);
  const computing = samples.filter(({ frames }) => runs(frames, "compute"));
  const time = computing.reduce((total, sample) => total + sample.time, 0);
  assert.ok(time >= COMPUTED, `${computing.length} samples of ${time} us`);
});

testTypicalPythons(
  "without -o samples go to standard output, and what the program writes there to nowhere",
  async (python) => {
    const { code, stdout, stderr } = await austinp(["-Pi", "1ms", python.path, PROGRAM], { input: "a line" });
    assert.equal(code, 0);
    assert.equal(stderr, "err: said by the program\n");
    const { header, samples, closing } = parseCollapsed(stdout);
    assert.equal(header.get("python"), python.version);
    assert.ok(samples.some(({ frames }) => runs(frames, "compute")));
    assert.deepEqual([...closing.keys()].slice(0, 4), ["duration", "sampling", "saturation", "errors"]);
  },
);

testEachPython("a launched program that becomes another is followed", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  const next = folder.file("next.py");
  await Deno.writeTextFile(
    next,
    "import time\ndef afterwards():\n  end = time.process_time() + 0.1\n" +
      "  while time.process_time() < end: pass\nafterwards()\n",
  );
  const { code, stderr } = await austinp(["-i", "1ms", "-o", file, python.path, PROGRAM, "--then", next]);
  assert.equal(code, 0, stderr);
  const { samples } = parseCollapsed(await Deno.readTextFile(file));
  assert.equal(new Set(samples.map(({ pid }) => pid)).size, 1);
  const before = samples.findLastIndex(({ frames }) => runs(frames, "compute"));
  const after = samples.findIndex(({ frames }) => frames.some((frame) => isIn(frame, next, "afterwards")));
  assert.ok(before >= 0 && after > before, `the first program up to sample ${before}, the second from ${after}`);
});

testEachPython("a launched program that ends at once ends well, or is said to have been too quick", async (python) => {
  using folder = new TemporaryFolder();
  for (const source of ["pass", "import os; os._exit(1)"]) {
    const file = folder.file("samples");
    const { code, stderr } = await austinp(["-i", "1ms", "-o", file, python.path, "-I", "-S", "-c", source]);
    if (code === 33) assert.match(stderr, /too quickly/);
    else {
      assert.equal(code, 0, stderr);
      parseCollapsed(await Deno.readTextFile(file));
    }
  }
});

function runs(frames: readonly Frame[], name: string): boolean {
  return frames.some((frame) => isIn(frame, PROGRAM, name));
}

function isIn(frame: Frame, file: string, name: string): boolean {
  return frame.kind === "python" && frame.file === file && frame.function === name;
}
