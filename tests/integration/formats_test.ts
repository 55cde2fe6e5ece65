/** Every format of the executable, of a real run and converted: all of them hold the functions that ran. */

import assert from "node:assert/strict";
import { FORMATS } from "../../src/output/formats.ts";
import { READERS, totalsOf } from "../output/profile/readers.ts";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { Target } from "../support/target.ts";
import { testOnePython } from "../support/typical_pythons.ts";

testOnePython("--format and --convert write what every client of the format reads", async (python) => {
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
      signal: null,
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

testOnePython("--python-only, --thread and --exclude leave out what is not wanted", async (python) => {
  using folder = new TemporaryFolder();
  await using target = await Target.start(python, "steady.py");
  const file = folder.file("run.jsonl");
  const samples = async (
    ...args: string[]
  ): Promise<{ tid: number; python_thread?: string; frames: { kind: string }[] }[]> => {
    const run = await austinp([...args, "-i", "1ms", "-x", "1", "-o", file, "-p", `${target.pid}`]);
    assert.equal(run.code, 0, run.stderr);
    return Deno.readTextFileSync(file).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  };
  const main = await samples("--python-only", "--thread", `${target.pid}`);
  assert.ok(main.length > 0);
  assert.ok(
    main.every(({ tid, frames }) => tid === target.pid && frames.every(({ kind }) => /python|mark/.test(kind))),
  );
  assert.ok(main.some(({ frames }) => frames.length > 0));
  assert.deepEqual(await samples("--exclude", "."), []);
  // As Python calls them, from 3.10 on with what they run; and all of them tell it.
  const [name] = ["Thread-1 (walk)", "Thread-1"].slice(python.minor >= 10 ? 0 : 1);
  const walking = await samples("--thread", name);
  assert.ok(walking.length > 0);
  assert.deepEqual([...new Set(walking.map(({ python_thread }) => python_thread))], [name]);
  assert.equal(new Set(walking.map(({ tid }) => tid)).size, 1);
  const page = folder.file("page.html");
  assert.equal((await austinp(["-x", "1", "-i", "5ms", "-o", page, "-p", `${target.pid}`])).code, 0);
  assert.ok(Deno.readTextFileSync(page).includes(` ${name}"`));
});
