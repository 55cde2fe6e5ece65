import assert from "node:assert/strict";
import { NotPythonError } from "../../src/errors.ts";
import { lineSink, Log, LOG_LEVELS, syslogSink } from "../../src/cli/log.ts";
import { main } from "../../src/cli/main.ts";
import { statistics } from "../output/fixtures.ts";
import { FakeEngine, FakePlatform, FakeRun } from "./fakes.ts";

const IDENT = { name: "austinp", pid: 99, now: () => new Date(2026, 2, 7, 4, 5, 6, 789) };

/** Runs it and returns its exit code and what syslogd got. */
async function run(
  args: readonly string[],
  { platform = new FakePlatform(), engine = new FakeEngine() } = {},
): Promise<{ code: number; messages: string[]; platform: FakePlatform }> {
  const messages: string[] = [];
  const syslog = (message: Uint8Array) => void messages.push(new TextDecoder().decode(message));
  const code = await main(args, { engine, platform, syslog });
  return { code, messages: messages.map((message) => message.replace(/> ?.*?: /, "> ")), platform };
}

Deno.test("Log passes on what matters enough, made safe to print", () => {
  for (const [i, level] of LOG_LEVELS.entries()) {
    const got: string[] = [];
    const log = new Log([(level, message) => void got.push(`${level} ${message}`)], level);
    log.debug("d");
    log.info("i");
    log.warning("w");
    log.error("e\n\x1b[2J");
    assert.deepEqual(got, ["debug d", "info i", "warning w", "error e\\x0a\\x1b[2J"].slice(3 - i));
  }
});

Deno.test("syslogSink() writes as syslog(3) does, to the facility LOCAL1", () => {
  const got: string[] = [];
  const sink = syslogSink((message) => void got.push(new TextDecoder().decode(message)), IDENT);
  for (const level of LOG_LEVELS) sink(level, "é");
  sink("info", "x".repeat(10_000));
  const line = (priority: number) => `<${priority}>Mar  7 04:05:06 austinp[99]: é`;
  assert.deepEqual(got.slice(0, 4), [line(139), line(140), line(142), line(143)]);
  assert.equal(got[4].length, "<142>Mar  7 04:05:06 austinp[99]: ".length + 2_000);
});

Deno.test("lineSink() begins lines with the time in UTC", () => {
  let text = "";
  lineSink((line) => text += line, IDENT)("warning", "mind");
  assert.equal(text, `${IDENT.now().toISOString()} austinp[99] warning: mind\n`);
});

Deno.test("main() logs what it is, what it is asked for and how it went, in a few lines", async () => {
  const engine = new FakeEngine({ run: new FakeRun([]) });
  const { messages } = await run(["-i", "1ms", "-o", "/x", "-p", "22"], { engine });
  assert.deepEqual(messages, [
    "<142> austinp 3.7.0 for Linux x86-64, with native frames",
    "<142> the sampling interval is 1000 us",
    "<142> output goes to the file /x",
    "<142> attaching to process 22",
    "<142> 300 samples in 3 s, of which 3 flagged",
  ]);
});

Deno.test("main() logs which options have no effect beside others", async (t) => {
  const rows: readonly (readonly [args: string, warnings: readonly string[]])[] = [
    ["-s", []],
    ["-m", []],
    ["-f", []],
    ["-sm", ["-s has no effect: the mode is memory"]],
    ["-smf", ["-s has no effect: the mode is full", "-m is redundant: the mode is full"]],
  ];
  for (const [args, warnings] of rows) {
    await t.step(args, async () => {
      const { messages, platform } = await run(["-P", args, "-p", "22"]);
      assert.deepEqual(messages.filter((line) => line.startsWith("<140>")), warnings.map((line) => `<140> ${line}`));
      assert.equal(platform.printed, "");
    });
  }
});

Deno.test("main() logs no argument of a command, which may be secret", async () => {
  const { messages } = await run(["python3", "x.py", "--password=hunter2"]);
  assert.ok(messages.includes("<142> launching python3"));
  assert.doesNotMatch(messages.join("\n"), /hunter2/);
});

Deno.test("main() logs warnings, errors and the signal that ended it", async () => {
  const warned = new FakeEngine();
  warned.where = (_pid, { warn }) => {
    warn?.("no kernel frames");
    return Promise.reject(new NotPythonError(22, "it is a cat\n"));
  };
  const { code, messages } = await run(["-kw", "22"], { engine: warned });
  assert.equal(code, 32);
  assert.deepEqual(messages.slice(3), [
    "<142> where mode on process 22",
    "<140> no kernel frames",
    "<139> Process 22 is not a Python process: it is a cat\\x0a",
  ]);
  const platform = new FakePlatform();
  const failing = new FakeRun([() => {
    platform.stdout.failure = new Error("No space left on device (os error 28)");
  }, []]);
  const full = await run(["-p", "22"], { platform, engine: new FakeEngine({ run: failing }) });
  assert.equal(full.messages.at(-1), "<139> Cannot write to standard output: No space left on device");
  const other = new FakePlatform();
  const signalled = new FakeRun([() => void other.raise("SIGTERM")]);
  signalled.statistics = statistics({ dropped: 5 });
  const { messages: ended } = await run(["-p", "22"], { platform: other, engine: new FakeEngine({ run: signalled }) });
  assert.deepEqual(ended.slice(-3), [
    "<142> 300 samples in 3 s, of which 3 flagged",
    "<140> 5 samples dropped: the reader of the samples was too slow",
    "<142> ended by SIGTERM",
  ]);
});

Deno.test("main() tells syslog nothing where AUSTIN_NO_LOGGING is set and not empty", async () => {
  for (const [value, count] of [["", 4], ["1", 0], ["0", 0]] as const) {
    const platform = new FakePlatform();
    platform.variables.set("AUSTIN_NO_LOGGING", value);
    assert.equal((await run(["-w", "22"], { platform })).messages.length, count);
  }
});

Deno.test("main() logs to the end of a file, or to standard error, what --log-level asks for", async (t) => {
  const rows: readonly (readonly [level: string, words: readonly string[]])[] = [
    ["error", []],
    ["warning", []],
    ["info", ["austinp 3.7.0", "interval", "output", "where mode"]],
    ["debug", ["austinp 3.7.0", "interval", "output", "where mode", "runs CPython 3.11.7"]],
  ];
  for (const [level, words] of rows) {
    await t.step(level, async () => {
      const platform = new FakePlatform();
      platform.variables.set("AUSTIN_NO_LOGGING", "1");
      await run(["-P", "--log-level", level, "--log-file=/log", "-w", "22"], { platform });
      const lines = platform.files.get("/log")!.text.split("\n").filter((line) => line !== "");
      assert.equal(lines.length, words.length);
      for (const [i, word] of words.entries()) {
        assert.match(lines[i], /^\d{4}-\d\d-\d\dT[\d:.]+Z austinp\[99\] (info|debug): /);
        assert.ok(lines[i].includes(word), lines[i]);
      }
      assert.equal(platform.files.get("/log")!.disposed, true);
      assert.equal(platform.printed, "");
    });
  }
  const { platform } = await run(["-P", "--log-file", "-", "-w", "22"]);
  assert.equal(platform.printed.split("\n").length, 5);
});

Deno.test("main() says that the log file cannot be opened, and does not begin", async () => {
  const platform = new FakePlatform();
  platform.forbidden.add("/log");
  const engine = new FakeEngine();
  const { code } = await run(["--log-file", "/log", "-p", "22"], { platform, engine });
  assert.deepEqual([code, engine.calls], [255, []]);
  assert.equal(platform.printed, "austinp: Cannot open the log file '/log': Permission denied\n");
});
