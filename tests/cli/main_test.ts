import assert from "node:assert/strict";
import {
  AlreadyTracedError,
  LaunchError,
  NoSuchProcessError,
  NotPythonError,
  PermissionError,
  ShimError,
  UnsupportedVersionError,
} from "../../src/errors.ts";
import { help, shortUsage, tryText, usage } from "../../src/cli/help.ts";
import { main } from "../../src/cli/main.ts";
import { programAt } from "../../src/cli/program.ts";
import { whereText } from "../../src/output/where.ts";
import { dump } from "../output/fixtures.ts";
import { FakeEngine, FakePlatform } from "./fakes.ts";

const AUSTINP = programAt("austinp");
const TRY = tryText("austinp");
const NO_COLOUR = { colour: false, hideIdle: false };

const TEXTS: readonly (readonly [args: readonly string[], text: string])[] = [
  [[], shortUsage("austinp") + TRY],
  [["--help", "--nonsense"], help(AUSTINP)],
  [["-?"], help(AUSTINP)],
  [["--usage"], usage(AUSTINP)],
  [["-V"], "austinp 3.7.0\n"],
  [["--version"], "austinp 3.7.0\n"],
];

Deno.test("main() prints texts on standard output and nothing else", async (t) => {
  for (const [args, text] of TEXTS) {
    await t.step(args.join(" ") || "no arguments", async () => {
      const platform = new FakePlatform();
      assert.equal(await main(args, { engine: new FakeEngine(), platform }), 0);
      assert.deepEqual([platform.stdout.text, platform.printed], [text, ""]);
    });
  }
});

const USAGE_ERRORS: readonly (readonly [args: readonly string[], line: string])[] = [
  [["-z"], "invalid option -- 'z'"],
  [["--nonsense"], "unrecognized option '--nonsense'"],
  [["-i"], "option requires an argument -- 'i'"],
  [["-i", "abc"], "the sampling interval must be a positive integer, by itself or with a unit (us, ms, s), not 'abc'"],
  [["-x", "-1"], "the exposure must be a positive integer, not '-1'"],
  [["-h", "1G"], "the heap size must be a positive integer, not '1G'"],
  [["-p", "0\n"], "invalid PID '0\\x0a': it must be an integer from 1 to 2147483647"],
  [["-p", "3", "python3"], "option -p 3 is incompatible with the command 'python3'"],
];

Deno.test("main() answers malformed command lines with argp's two lines and 64", async (t) => {
  for (const [args, line] of USAGE_ERRORS) {
    await t.step(args.join(" "), async () => {
      const platform = new FakePlatform();
      const engine = new FakeEngine();
      assert.equal(await main(args, { engine, platform }), 64);
      assert.deepEqual([platform.stdout.text, platform.printed], ["", `austinp: ${line}\n${TRY}`]);
      assert.deepEqual(engine.calls, []);
    });
  }
});

const ENGINE_ERRORS: readonly (readonly [error: unknown, code: number, words: string])[] = [
  [new NoSuchProcessError(3), 36, "Cannot attach"],
  [new NotPythonError(3, "no interpreter was found in it"), 32, "not a Python"],
  [new PermissionError(3, "it belongs to uid 0"), 37, "Insufficient permissions"],
  [new AlreadyTracedError(3, 99, "gdb"), 37, "traced by process 99 (gdb)"],
  [new LaunchError("Cannot launch 'nonsense': no such file or directory"), 33, "Cannot launch"],
  [new LaunchError("The command ended too quickly: no interpreter was found in it"), 33, "too quickly"],
  [new UnsupportedVersionError(3, "2.7.18", "3.8 to 3.14"), 3, "2.7.18"],
  [new ShimError("seize task 3", 5), 255, "Cannot seize task 3: EIO"],
  [new TypeError("x is not a function\nreally"), 70, "internal error: x is not a function\\x0areally"],
  ["thrown text", 70, "internal error: thrown text"],
];

Deno.test("main() turns each error into one line on standard error and its exit code", async (t) => {
  for (const [error, code, words] of ENGINE_ERRORS) {
    for (const args of [["-p", "3"], ["-Pp", "3"], ["-w", "3"], ["python3", "x.py"]]) {
      await t.step(`${args.join(" ")}: ${words}`, async () => {
        const platform = new FakePlatform();
        assert.equal(await main(args, { engine: new FakeEngine({ error }), platform }), code);
        assert.equal(platform.stdout.text, "");
        assert.match(platform.printed, /^austinp: [^\n]+\n$/);
        assert.ok(platform.printed.includes(words), platform.printed);
      });
    }
  }
});

Deno.test("main() adds the trace of an internal error where AUSTINP_DEBUG is set", async () => {
  const platform = new FakePlatform();
  platform.variables.set("AUSTINP_DEBUG", "1");
  const code = await main(["-p", "3"], { engine: new FakeEngine({ error: new TypeError("oops") }), platform });
  assert.equal(code, 70);
  assert.match(platform.printed, /^austinp: internal error: oops\nTypeError: oops\n +at /);
});

Deno.test("main() asks for a target with 255", async (t) => {
  for (const args of [["-i", "1ms"], ["--"]]) {
    await t.step(args.join(" "), async () => {
      const platform = new FakePlatform();
      assert.equal(await main(args, { engine: new FakeEngine(), platform }), 255);
      assert.equal(platform.stdout.text, "");
      assert.match(platform.printed, /^austinp: nothing to sample: .*\n$/);
    });
  }
});

Deno.test("main() says on standard output that the output file cannot be created, before later errors", async () => {
  const platform = new FakePlatform();
  platform.forbidden.add("/x");
  assert.equal(await main(["-o", "/x", "-i", "abc"], { engine: new FakeEngine(), platform }), 255);
  assert.equal(platform.stdout.text, "austinp: Cannot create the output file '/x': Permission denied\n");
  assert.equal(platform.printed, "");
});

Deno.test("main() has emptied the output file when a later option is refused", async () => {
  const platform = new FakePlatform();
  assert.equal(await main(["-o", "/x", "-i", "abc"], { engine: new FakeEngine(), platform }), 64);
  assert.equal(platform.files.get("/x")?.text, "");
  assert.equal(platform.files.get("/x")?.disposed, true);
});

Deno.test("main() prints a dump", async () => {
  const platform = new FakePlatform();
  const engine = new FakeEngine();
  assert.equal(await main(["-kw", "22", "-t", "5ms"], { engine, platform }), 0);
  assert.equal(platform.stdout.text, whereText(dump(), NO_COLOUR));
  assert.equal(
    platform.printed,
    "austinp 3.7.0\nPython version: 3.11.7\n\nThe threads were stopped for 912 us.\n",
  );
  assert.deepEqual(engine.calls, [["where", 22, {
    native: true,
    kernel: true,
    gc: false,
    lines: true,
    timeout: 5_000,
  }]]);
});

Deno.test("main() prints a dump in pipe mode with the version as metadata and a quiet standard error", async () => {
  const platform = new FakePlatform();
  assert.equal(await main(["-Pw", "22"], { engine: new FakeEngine(), platform }), 0);
  assert.equal(platform.stdout.text, "# python: 3.11.7\n" + whereText(dump(), NO_COLOUR));
  assert.equal(platform.printed, "");
});

Deno.test("main() calls the threads of a dump by name for Austin 4", async () => {
  const platform = new FakePlatform();
  assert.equal(await main(["--compat=4", "-w", "22"], { engine: new FakeEngine(), platform }), 0);
  assert.match(platform.stdout.text, /Thread 0:python3\n/);
  assert.match(platform.printed, /^austinp 4\.1\.0\n/);
});

Deno.test("main() leaves idle threads out of a dump with -s", async () => {
  const platform = new FakePlatform();
  assert.equal(await main(["-sw", "22"], { engine: new FakeEngine(), platform }), 0);
  assert.equal(platform.stdout.text, whereText(dump(), { colour: false, hideIdle: true }));
});

Deno.test("main() shows names and paths in a dump in short, or in full on demand", async (t) => {
  const rows: [args: string[], fullPaths: boolean, parentheses: string][] = [
    [[], false, ""],
    [["--full-paths"], true, ""],
    [["--full-symbols"], false, "()"],
    [["--full-symbols", "--full-paths"], true, "()"],
  ];
  for (const [args, fullPaths, parentheses] of rows) {
    await t.step(args.join(" ") || "neither", async () => {
      const platform = new FakePlatform();
      assert.equal(await main([...args, "-w", "22"], { engine: new FakeEngine(), platform }), 0);
      const nameOf = (symbol: string) => symbol + parentheses;
      assert.equal(platform.stdout.text, whereText(dump(), { ...NO_COLOUR, fullPaths, nameOf }));
    });
  }
});

Deno.test("main() colours a dump on a terminal alone, and not with NO_COLOR", async (t) => {
  const rows: readonly (readonly [name: string, args: string[], noColor: string, isColoured: boolean])[] = [
    ["terminal", ["-w", "22"], "", true],
    ["NO_COLOR", ["-w", "22"], "1", false],
    ["file", ["-w", "22", "-o", "/x"], "", false],
  ];
  for (const [name, args, noColor, isColoured] of rows) {
    await t.step(name, async () => {
      const platform = new FakePlatform();
      platform.stdout.isTerminal = () => true;
      platform.variables.set("NO_COLOR", noColor);
      assert.equal(await main(args, { engine: new FakeEngine(), platform }), 0);
      const text = platform.files.get("/x")?.text ?? platform.stdout.text;
      assert.equal(text, whereText(dump(), { colour: isColoured, hideIdle: false }));
    });
  }
});

Deno.test("main() with -Cw dumps the children first, and marks them", async () => {
  const platform = new FakePlatform();
  const [child, parent] = [{ ...dump(), pid: 33, version: "3.8.18" }, dump()];
  const engine = new FakeEngine({ dumps: [child, parent] });
  assert.equal(await main(["-CPw", "22"], { engine, platform }), 0);
  assert.deepEqual(engine.calls, [["whereFamily", 22, {
    native: true,
    gc: false,
    kernel: false,
    lines: true,
    timeout: 1_000_000,
  }]]);
  const texts = [whereText(child, { ...NO_COLOUR, isChild: true }), whereText(parent, NO_COLOUR)];
  assert.equal(platform.stdout.text, `# python: 3.11.7\n${texts.join("")}`);
});

Deno.test("main() ends at once when a signal comes before there is a run", async (t) => {
  for (const [name, code] of [["SIGINT", 254], ["SIGTERM", 241]] as const) {
    await t.step(name, async () => {
      const platform = new FakePlatform();
      const engine = new FakeEngine();
      engine.where = () => new Promise(() => {});
      const ending = main(["-w", "22"], { engine, platform });
      assert.ok(platform.raise(name));
      assert.equal(await ending, code);
      assert.equal(platform.raise(name), false);
    });
  }
});

Deno.test("main() -w --json writes JSON alone on standard output, and --json goes with nothing else", async () => {
  const platform = new FakePlatform();
  assert.equal(await main(["-Pw", "22", "--json"], { engine: new FakeEngine(), platform }), 0);
  const { processes } = JSON.parse(platform.stdout.text);
  assert.deepEqual(processes.map(({ pid, python }: Record<string, unknown>) => [pid, python]), [[22, "3.11.7"]]);
  for (const args of [["--json", "-p", "22"], ["--json", "--convert", "x"], ["--json", "python3"]]) {
    const platform = new FakePlatform();
    assert.equal(await main(args, { engine: new FakeEngine(), platform }), 64);
    assert.match(platform.printed, /--json goes with -w/);
  }
});
