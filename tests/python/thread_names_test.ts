/** Names that Python has of its threads, in every version. */

import assert from "node:assert/strict";
import { ThreadNameReader } from "../../src/python/thread_names.ts";
import { findTarget } from "../../src/sampler/target_search.ts";
import { unpacked } from "../../tools/pythons.ts";
import { testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { fixture, Target } from "../support/target.ts";

const NAMES = ["worker", "Arbeiter-ä", "日本", "🐍 of a name that is longer than any that the system takes", "a\nb"];
const OPTIONS = { env: { PYTHONIOENCODING: "utf-8", LC_ALL: "C.UTF-8" } };
const RUN_PYTHON = new URL("../../tools/run_python.sh", import.meta.url).pathname;

async function check(program: Target): Promise<void> {
  using target = await findTarget(program.pid, { timeout: 5_000_000 });
  const names = () => Object.fromEntries(new ThreadNameReader(target.session.read, target.runtime).names());
  const expected = Object.fromEntries(JSON.parse(program.ready).map(([name, tid]: [string, number]) => [tid, name]));
  assert.equal(Object.keys(expected).length, NAMES.length + 1);
  assert.deepEqual(names(), expected);
  await program.send("another");
  assert.equal(await program.line(), "renamed");
  assert.ok(Object.values(names()).includes("another"));
}

testEachPython("ThreadNameReader finds the names that Python has of its threads, and new ones", async (python) => {
  await using program = await Target.start(python, "thread_names.py", { ...OPTIONS, args: NAMES });
  await check(program);
});

for (const name of ["py27", "py27-dbg", "py39", "py313", "py314", "py315"]) {
  const isThere = unpacked(name) !== null;
  const claim = `ThreadNameReader finds the names of threads in Debian's ${name}`;
  Deno.test({
    name: isThere ? claim : `${claim} (skipped: deno task pythons ${name} fetches it)`,
    ignore: !isThere,
    async fn() {
      // Its glibc is its own.
      const words = [name, "--ld", "-u", fixture("thread_names.py"), ...NAMES];
      await using program = await Target.execute(RUN_PYTHON, words, OPTIONS);
      await check(program);
    },
  });
}
