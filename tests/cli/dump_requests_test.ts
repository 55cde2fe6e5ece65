import assert from "node:assert/strict";
import { main } from "../../src/cli/main.ts";
import { whereText } from "../../src/output/where.ts";
import type { Dump } from "../../src/types.ts";
import { dump, statistics } from "../output/fixtures.ts";
import { FakeEngine, FakePlatform, FakeRun } from "./fakes.ts";

const NOTHING = "austinp: no thread has been sampled yet\n";

Deno.test("main() prints a dump at SIGQUIT and SIGUSR1, of every process, and goes on", async (t) => {
  const dumps: Dump[] = [dump(), { ...dump(), pid: 33 }];
  const rows: readonly (readonly [args: string[], terminal: boolean, noColor: string, style: [boolean, boolean]])[] = [
    [["-Pp", "22"], false, "", [false, false]],
    [["-Pp", "22"], true, "", [true, false]],
    [["-Pp", "22"], true, "1", [false, false]],
    [["-Psp", "22"], false, "", [false, true]],
    [["-P", "-o", "/x", "python3"], false, "", [false, false]],
  ];
  for (const [args, terminal, noColor, [colour, hideIdle]] of rows) {
    for (const name of ["SIGQUIT", "SIGUSR1"] as const) {
      await t.step(`${name} ${args.join(" ")} ${terminal ? "on a terminal" : ""} ${noColor}`, async () => {
        const platform = new FakePlatform();
        platform.stderrIsTerminal = terminal;
        platform.variables.set("NO_COLOR", noColor);
        const run = new FakeRun([() => void platform.raise(name)]);
        run.latest = dumps;
        assert.equal(await main(args, { engine: new FakeEngine({ run }), platform }), 0);
        const textOf = (one: Dump) => whereText(one, { colour, hideIdle, isChild: one.pid === 33 });
        assert.equal(platform.printed, dumps.map(textOf).join(""));
        assert.deepEqual(run.calls, ["close"]);
        assert.equal(platform.raise(name), false);
      });
    }
  }
});

Deno.test("main() says that there is nothing to dump before the first sample, and does not end", async () => {
  const platform = new FakePlatform();
  const engine = new FakeEngine();
  const attached = Promise.withResolvers<FakeRun>();
  engine.attach = () => attached.promise;
  const ending = main(["-Pp", "22"], { engine, platform });
  assert.ok(platform.raise("SIGQUIT"));
  assert.equal(platform.printed, NOTHING);
  const run = new FakeRun([() => void platform.raise("SIGUSR1")]);
  run.statistics = statistics();
  attached.resolve(run);
  assert.equal(await ending, 0);
  assert.equal(platform.printed, NOTHING + NOTHING);
});
