import assert from "node:assert/strict";
import { ReadError } from "../../src/errors.ts";
import { main } from "../../src/cli/main.ts";
import { assertGolden } from "../output/golden.ts";
import { mapping, native, python, sample, statistics } from "../output/fixtures.ts";
import { FakeEngine, FakePlatform, FakeRun } from "./fakes.ts";

const WORK = sample([native("_start"), python("a.py", "<module>", 3)]);
const WAIT = sample([python("a.py", "wait", 9)], { tid: 25, idle: true });
const WORK_LINE = "P22;T0:24;native@7f3a13eed503:_start:35;a.py:<module>:3 10012\n";
const WAIT_LINE = "P22;T0:25;a.py:wait:9 10012\n";
const HEADER = "# map: 401000-402000 /usr/bin/python3\n# austin: 3.7.0\n# interval: 10000\n# mode: wall\n\n";
const CLOSING = "\n# duration: 3000123\n\n";

Deno.test("main() writes header, samples and closing metadata, and tells people on standard error", async () => {
  const { code, platform, run } = await attach([[WORK, WAIT], [WORK]], ["-p", "22"]);
  assert.equal(code, 0);
  assert.equal(platform.stdout.text, HEADER + WORK_LINE + WAIT_LINE + WORK_LINE + CLOSING);
  assertGolden("run_stderr.txt", platform.printed);
  assert.deepEqual(run.calls, ["close"]);
});

Deno.test("main() in pipe mode writes version and figures as metadata and nothing on standard error", async () => {
  const { code, platform } = await attach([[WORK]], ["-Psi", "1ms", "-p", "22"]);
  assert.equal(code, 0);
  assertGolden("run_pipe.txt", platform.stdout.text);
  assert.equal(platform.printed, "");
});

Deno.test("main() writes the header before the first sample is taken", async () => {
  const platform = new FakePlatform();
  let seen = "";
  const run = new FakeRun([() => void (seen = platform.stdout.text)]);
  await main(["-p", "22"], { engine: new FakeEngine({ run }), platform });
  assert.equal(seen, HEADER);
});

Deno.test("main() writes each batch as it comes", async () => {
  const platform = new FakePlatform();
  let seen = "";
  const run = new FakeRun([[WORK], () => void (seen = platform.stdout.text)]);
  await main(["-p", "22"], { engine: new FakeEngine({ run }), platform });
  assert.equal(seen, HEADER + WORK_LINE);
});

Deno.test("main() leaves out idle samples with -s, and samples without time always", async () => {
  const { platform } = await attach([[WORK, WAIT, { ...WORK, time: 0 }]], ["-s", "-p", "22"]);
  assert.equal(platform.stdout.text, HEADER.replace("wall", "cpu") + WORK_LINE + CLOSING);
});

const MEASURED: readonly (readonly [args: string, head: string, lines: string, asked: object])[] = [
  ["-m", "memory\n# memory: 8388608", WORK_LINE.replace("10012", "-4096"), {
    skipIdle: false,
    memory: true,
    gc: false,
  }],
  ["-ms", "memory\n# memory: 8388608", WORK_LINE.replace("10012", "-4096"), {
    skipIdle: false,
    memory: true,
    gc: false,
  }],
  [
    "-fg",
    "full\n# memory: 8388608",
    WORK_LINE.replace("10012", "10012,0,-4096") + WAIT_LINE.replace(" 10012", ";:GC: 10012,1,0"),
    { skipIdle: false, memory: true, gc: true },
  ],
  ["-sg", "cpu", WORK_LINE, { skipIdle: true, memory: false, gc: true }],
];

Deno.test("main() writes the metrics that were asked for, and leaves out samples that have none", async (t) => {
  const still = { ...WORK, time: 0, memory: 0 };
  for (const [args, head, lines, asked] of MEASURED) {
    await t.step(args, async () => {
      const platform = new FakePlatform();
      const run = new FakeRun([[{ ...WORK, memory: -4096 }, { ...WAIT, gc: true }, still]]);
      const engine = new FakeEngine({ run });
      await main([args, "-p", "22"], { engine, platform });
      assert.equal(platform.stdout.text, HEADER.replace("wall", head) + lines + CLOSING);
      const [[, , options]] = engine.calls as [[string, number, object]];
      assert.deepEqual(options, { ...options, ...asked });
    });
  }
});

const JOINING = sample([python("c.py", "child", 1)], { pid: 33, tid: 33 });
const JOIN = { pid: 33, version: "3.8.18", mappings: [mapping(0x501000, "/opt/python3.8")] };

Deno.test("main() with -C writes what a child has mapped before its samples, and tells its version", async (t) => {
  for (const [flags, python, said] of [["-C", "", "Process 33: Python 3.8.18\n"], ["-CP", "# python: 3.11.7\n", ""]]) {
    await t.step(flags, async () => {
      const run = new FakeRun([[WORK], JOIN, [JOINING], [WORK]]);
      const engine = new FakeEngine({ run });
      const platform = new FakePlatform();
      assert.equal(await main([flags, "-p", "22"], { engine, platform }), 0);
      const head = HEADER.replace("# austin", `${python}# austin`).replace("wall\n", "wall\n# multiprocess: on\n");
      assert.equal(
        platform.stdout.text.slice(0, platform.stdout.text.lastIndexOf("\n# duration")),
        `${head}${WORK_LINE}# map: 501000-502000 /opt/python3.8\nP33;T0:33;c.py:child:1 10012\n${WORK_LINE}`,
      );
      if (said === "") assert.equal(platform.printed, "# python: 3.8.18\n");
      else assert.ok(platform.printed.includes(said), platform.printed);
      assert.equal((engine.calls as [string, number, { children: boolean }][])[0][2].children, true);
    });
  }
});

Deno.test("main() with -C has no version where only children have one", async () => {
  const run = new FakeRun([], false, null);
  const platform = new FakePlatform();
  assert.equal(await main(["-CP", "-p", "22"], { engine: new FakeEngine({ run }), platform }), 0);
  assert.doesNotMatch(platform.stdout.text, /# python/);
});

Deno.test("main() says so when there was no sample", async () => {
  const run = new FakeRun([]);
  run.statistics = statistics({ samples: 0, missedTicks: 0 });
  const platform = new FakePlatform();
  assert.equal(await main(["-p", "22"], { engine: new FakeEngine({ run }), platform }), 0);
  assert.equal(platform.stdout.text, HEADER + CLOSING);
  assert.match(platform.printed, /^No samples were taken in 3 s\.$/m);
});

Deno.test("main() writes to the file of -o, and leaves standard output to the command", async () => {
  const platform = new FakePlatform();
  const engine = new FakeEngine({ run: new FakeRun([[WORK]]) });
  assert.equal(await main(["-o", "/x", "python3", "-k"], { engine, platform }), 0);
  assert.equal(platform.stdout.text, "");
  assert.equal(platform.files.get("/x")?.text, HEADER + WORK_LINE + CLOSING);
  assert.equal(platform.files.get("/x")?.disposed, true);
  assert.deepEqual(engine.calls, [["launch", ["python3", "-k"], {
    native: true,
    kernel: false,
    gc: false,
    memory: false,
    timeout: 1_000_000,
    interval: 10_000,
    skipIdle: false,
    jitter: true,
    overheadBudget: null,
    allowEintr: false,
    lines: false,
    children: false,
    discardStdout: false,
  }]]);
});

Deno.test("main() says that the output file was deleted meanwhile, and ends as it would otherwise", async () => {
  const platform = new FakePlatform();
  const remove = () => void (platform.files.get("/x")!.deleted = true);
  const engine = new FakeEngine({ run: new FakeRun([[WORK], remove]) });
  assert.equal(await main(["-P", "-o", "/x", "-p", "22"], { engine, platform }), 0);
  assert.equal(platform.printed, "austinp: The output file '/x' was deleted during the run\n");
});

Deno.test("main() writes in the header that garbage collection is looked for, as Austin 4 does, for Austin 4", async () => {
  for (const [compat, said] of [["3", false], ["4", true]] as const) {
    const platform = new FakePlatform();
    const engine = new FakeEngine({ run: new FakeRun([[WORK]]) });
    assert.equal(await main(["--format", "collapsed", "--compat", compat, "-gp", "22"], { engine, platform }), 0);
    assert.equal(platform.stdout.text.includes("# mode: wall\n# gc: on\n\n"), said, platform.stdout.text);
    const without = new FakePlatform();
    await main(["--format", "collapsed", "--compat", compat, "-p", "22"], { engine, platform: without });
    assert.doesNotMatch(without.stdout.text, /gc: on/);
  }
});

Deno.test("main() discards the command's standard output where samples go there", async () => {
  const engine = new FakeEngine({ run: new FakeRun([]) });
  await main(["-kst50", "-i0", "python3"], { engine, platform: new FakePlatform() });
  assert.deepEqual(engine.calls, [["launch", ["python3"], {
    native: true,
    kernel: true,
    gc: false,
    memory: false,
    timeout: 50_000,
    interval: 0,
    skipIdle: true,
    jitter: true,
    overheadBudget: null,
    allowEintr: false,
    lines: false,
    children: false,
    discardStdout: true,
  }]]);
});

Deno.test("main() ends a run at SIGINT, SIGTERM and SIGHUP with whole output, and passes the signal on at the end", async (t) => {
  for (const [name, code] of [["SIGINT", 254], ["SIGTERM", 241], ["SIGHUP", 129]] as const) {
    await t.step(name, async () => {
      const platform = new FakePlatform();
      const run = new FakeRun([[WORK], () => void platform.raise(name), [WAIT]], true);
      assert.equal(await main(["python3"], { engine: new FakeEngine({ run }), platform }), code);
      assert.equal(platform.stdout.text, HEADER + WORK_LINE + WAIT_LINE + CLOSING);
      assert.match(platform.printed, /^Sampling time +3 s$/m);
      assert.deepEqual(run.calls, ["stop", name, "close"]);
      assert.equal(platform.raise(name), false);
    });
  }
});

Deno.test("main() is not ended by the SIGHUP that it was told to ignore, as by nohup", async () => {
  const platform = new FakePlatform();
  platform.ignoresHangup = true;
  const run = new FakeRun([[WORK], () => assert.equal(platform.raise("SIGHUP"), false), [WAIT]]);
  assert.equal(await main(["python3"], { engine: new FakeEngine({ run }), platform }), 0);
  assert.equal(platform.stdout.text, HEADER + WORK_LINE + WAIT_LINE + CLOSING);
});

Deno.test("main() quits at once at the second signal, whatever hangs", async () => {
  const platform = new FakePlatform();
  const run = new FakeRun([[WORK], () => {
    platform.raise("SIGINT");
    platform.raise("SIGTERM");
    return new Promise<void>(() => {});
  }]);
  assert.equal(await main(["python3"], { engine: new FakeEngine({ run }), platform }), 254);
  assert.equal(platform.stdout.text, HEADER + WORK_LINE);
  assert.deepEqual(run.calls, ["stop", "stop", "SIGTERM"]);
});

Deno.test("main() stops after the exposure and sends a launched target SIGTERM once the samples are written", async () => {
  const platform = new FakePlatform();
  const run = new FakeRun([[WORK]], true);
  const start = performance.now();
  assert.equal(await main(["-x", "1", "python3"], { engine: new FakeEngine({ run }), platform }), 0);
  assert.ok(performance.now() - start >= 1_000);
  assert.equal(platform.stdout.text, HEADER + WORK_LINE + CLOSING);
  assert.match(platform.printed, /^Sampling the command every 10 ms for 1 second$/m);
  assert.deepEqual(run.calls, ["stop", "SIGTERM", "close"]);
});

Deno.test("main() does not take an exposure of months for one that is over", async () => {
  const { code, run } = await attach([() => new Promise((resolve) => setTimeout(resolve, 20)), [WORK]], [
    "-x",
    "99999999",
    "-p",
    "22",
  ]);
  assert.equal(code, 0);
  assert.deepEqual(run.calls, ["close"]);
});

Deno.test("main() keeps what was sampled when the run fails, and says why", async () => {
  const error = new ReadError(0x7f00, 64, 22);
  const { code, platform, run } = await attach([[WORK], () => Promise.reject(error)], ["-P", "-p", "22"]);
  assert.equal(code, 255);
  assert.ok(platform.stdout.text.startsWith("# map: "));
  assert.ok(platform.stdout.text.includes(`\n\n${WORK_LINE}\n# duration: `));
  assert.equal(platform.printed, "austinp: Cannot read 64 bytes at 0x7f00 of process 22\n");
  assert.deepEqual(run.calls, ["stop", "close"]);
});

Deno.test("main() reports output that cannot be written, before it waits for the target", async () => {
  const platform = new FakePlatform();
  const run = new FakeRun([[WORK], () => {
    platform.stdout.failure = new Error("No space left on device (os error 28)");
  }, [WORK]]);
  assert.equal(await main(["-P", "python3"], { engine: new FakeEngine({ run }), platform }), 255);
  assert.equal(platform.printed, "austinp: Cannot write to standard output: No space left on device\n");
  assert.deepEqual(run.calls, ["stop", "close"]);
});

Deno.test("main() ends quietly, as SIGPIPE would end it, when nobody reads the samples", async () => {
  const platform = new FakePlatform();
  const run = new FakeRun([[WORK], () => {
    platform.stdout.failure = new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
  }, [WORK]]);
  assert.equal(await main(["-P", "python3"], { engine: new FakeEngine({ run }), platform }), 141);
  assert.equal(platform.printed, "");
  assert.deepEqual(run.calls, ["stop", "close without waiting"]);
});

Deno.test("main() rewrites a line of progress on a terminal, and clears it", async (t) => {
  const rows: readonly (readonly [name: string, args: string[], terminals: [boolean, boolean], shown: boolean])[] = [
    ["stderr is a terminal", ["-p", "22"], [false, true], true],
    ["both are, samples go to a file", ["-o", "/x", "-p", "22"], [true, true], true],
    ["both are, samples go to it", ["-p", "22"], [true, true], false],
    ["stderr is a pipe", ["-p", "22"], [false, false], false],
    ["pipe mode", ["-Pp", "22"], [false, true], false],
    ["it is to be quiet", ["-qp", "22"], [false, true], false],
  ];
  for (const [name, args, [stdout, stderr], shown] of rows) {
    await t.step(name, async () => {
      const platform = new FakePlatform();
      platform.stdout.isTerminal = () => stdout;
      platform.stderrIsTerminal = stderr;
      const run = new FakeRun([() => new Promise((resolve) => setTimeout(resolve, 300))]);
      assert.equal(await main(args, { engine: new FakeEngine({ run }), platform }), 0);
      assert.equal(platform.printed.includes("\r\x1b[K0.3 s  300 samples ("), shown);
      if (args[0] === "-qp") assert.equal(platform.printed, "");
      assert.equal(platform.printed.includes("a stop\r\x1b[K\nSampling time"), shown);
    });
  }
});

async function attach(steps: FakeRun["steps"], args: readonly string[]) {
  const platform = new FakePlatform();
  const run = new FakeRun(steps);
  const code = await main(args, { engine: new FakeEngine({ run }), platform });
  return { code, platform, run };
}
