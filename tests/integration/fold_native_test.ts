/** --fold-native of a real run: what Python called by C is shown with that C, and without the interpreter's own calls. */

import assert from "node:assert/strict";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

interface Shown {
  readonly kind: string;
  readonly function: string;
  readonly module?: string;
}

testTypicalPythons("--fold-native keeps sorted, sum and extension functions, and no calls between", async (python) => {
  using folder = new TemporaryFolder();
  await using target = await Target.start(python, "sorting.py");
  const file = folder.file("run.jsonl");
  const run = await austinp(["--fold-native", "-i", "1ms", "-x", "2", "-o", file, "-p", `${target.pid}`]);
  assert.equal(run.code, 0, run.stderr);
  const stacks = Deno.readTextFileSync(file).trimEnd().split("\n").map((line): Shown[] => JSON.parse(line).frames);
  const texts = new Map<string, number>();
  for (const frames of stacks) {
    const first = frames.findIndex(({ kind }) => kind === "python");
    const last = frames.findLastIndex(({ kind }) => kind === "python");
    const names = frames.slice(first, last + 1).map((frame) => frame.function.replace(/^.*\./, ""));
    texts.set(names.join(";"), (texts.get(names.join(";")) ?? 0) + 1);
  }
  const shown = [...texts.keys()].join("\n");
  assert.match(shown, /^<module>;sorted;((list_)?sort(_impl)?;)?key;sum;<genexpr>$/m);
  // The scanner is a type's own call, which has no name in a stripped file, but where it is.
  assert.match(shown, /^<module>;loads;decode;raw_decode;.+;hook;key;sum;<genexpr>$/m);
  assert.doesNotMatch(shown, /Vectorcall|vectorcall|PyObject_|PyEval_|_Call/);
});
