import assert from "node:assert/strict";
import { main } from "../../src/cli/main.ts";
import { NoSuchProcessError } from "../../src/errors.ts";
import { whereJson } from "../../src/output/where_json.ts";
import type { Dump } from "../../src/types.ts";
import { dump, python, stack, thread } from "../output/fixtures.ts";
import { FakeEngine, FakePlatform } from "./fakes.ts";

/** Gives these dumps in turn; then the process has ended. */
class EndingEngine extends FakeEngine {
  readonly #dumps: Dump[];

  constructor(dumps: readonly Dump[]) {
    super();
    this.#dumps = [...dumps];
  }

  override where(pid: number): Promise<Dump> {
    const next = this.#dumps.shift();
    return next === undefined ? Promise.reject(new NoSuchProcessError(pid)) : Promise.resolve(next);
  }
}

Deno.test("main() watches a process until it has ended, JSON being a line a time", async () => {
  const platform = new FakePlatform();
  const args = ["-P", "-w", "22", "--json", "--watch", "1ms"];
  assert.equal(await main(args, { engine: new EndingEngine([dump(), dump(), dump()]), platform }), 0);
  const lines = platform.stdout.text.trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line).processes[0].pid), [22, 22, 22]);
  assert.equal(platform.printed, "");
  assert.notEqual(await main(args, { engine: new EndingEngine([]), platform }), 0);
});

Deno.test("main() tells what has moved since a dump was saved", async () => {
  const moved = { ...dump(), threads: [thread(22, { stack: stack([python("a.py", "g", 9)]) })] };
  const platform = new FakePlatform();
  platform.inputs.set("saved.json", new TextEncoder().encode(whereJson([dump()], { hideIdle: false })));
  platform.inputs.set("other.json", new TextEncoder().encode("P1;T1 5\n"));
  assert.equal(await main(["-w22", "--diff", "saved.json"], { engine: new FakeEngine({ dump: moved }), platform }), 0);
  assert.match(platform.stdout.text, /^\nProcess 22 thread 22 python3: moved\n {2}- _start /);
  assert.match(platform.stdout.text, /\+ g \(a\.py:9\)\n\nProcess 22 thread 24: ended\n/);
  assert.equal(await main(["-w22", "--diff", "other.json"], { engine: new FakeEngine(), platform }), 255);
  assert.match(platform.printed, /The saved dump is none that -w --json has written/);
});
