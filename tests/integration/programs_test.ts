/** The executable by its other names: for Austin 4's clients, and as austin. */

import assert from "node:assert/strict";
import { AUSTINP, TemporaryFolder } from "../support/austinp.ts";
import { type MojoContent, NATIVE_RULES, readMojo } from "../support/mojo.ts";
import { patiently, Target } from "../support/target.ts";
import { testTypicalPythons, TYPICAL } from "../support/typical_pythons.ts";

interface Started {
  /** What it is started as, below a folder of links to it. */
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Outcome {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** Runs the executable by a link of that name. */
async function run(
  args: readonly string[],
  { name = "austinp", env }: Started = {},
): Promise<Outcome & { path: string }> {
  using folder = new TemporaryFolder();
  const path = folder.file(name);
  await Deno.symlink(AUSTINP, path);
  const command = new Deno.Command(path, { args: [...args], env, stdin: "null" });
  const { code, stdout, stderr } = await patiently(command.output(), `${name} ${args.join(" ")}`);
  return { code, stdout, stderr: new TextDecoder().decode(stderr), path };
}

async function textOf(args: readonly string[], started: Started): Promise<string> {
  return new TextDecoder().decode((await run(args, started)).stdout);
}

const VERSIONS: readonly (readonly [started: Started, text: string])[] = [
  [{}, "austinp 3.7.0\n"],
  [{ name: "austin" }, "austin 3.7.0\n"],
  [{ name: "austin4" }, "austinp 4.1.0\n"],
  [{ env: { AUSTINP_COMPAT: "4" } }, "austinp 4.1.0\n"],
  [{ name: "austin", env: { AUSTINP_COMPAT: "4" } }, "austin 4.1.0\n"],
  [{ name: "austin4", env: { AUSTINP_COMPAT: "3" } }, "austinp 3.7.0\n"],
];

Deno.test("the name and AUSTINP_COMPAT choose what --version says", async (t) => {
  for (const [started, text] of VERSIONS) {
    await t.step(JSON.stringify(started), async () => assert.equal(await textOf(["--version"], started), text));
  }
});

Deno.test("AUSTINP_COMPAT that is no version is refused", async () => {
  const { code, stderr } = await run(["-p", "1"], { env: { AUSTINP_COMPAT: "5" } });
  assert.equal(code, 64);
  assert.match(stderr, /^austinp: AUSTINP_COMPAT must be 3 or 4, not '5'\nTry /);
});

Deno.test("what argp says, it says in the name that the program was started by", async () => {
  const unknown = await run(["-z"], { name: "renamed" });
  assert.equal(unknown.stderr, `${unknown.path}: invalid option -- 'z'\n${tryText("renamed")}`);
  const wrong = await run(["-i", "abc"], { name: "renamed" });
  assert.match(wrong.stderr, /^renamed: the sampling interval must be/);
  const absent = await run(["-p", "4194999"], { name: "renamed" });
  assert.match(absent.stderr, /^austinp: Cannot attach/);
  assert.match(await textOf(["--help"], { name: "renamed" }), /^Usage: renamed \[OPTION/);
  assert.match(await textOf([], { name: "renamed" }), /^Usage: austinp \[OPTION/);
});

Deno.test("austin has no -k", async () => {
  const kernel = await run(["-k", "-p", "4194999"], { name: "austin" });
  assert.deepEqual([kernel.code, kernel.stderr], [64, `${kernel.path}: invalid option -- 'k'\n${tryText("austin")}`]);
});

testTypicalPythons("austin stops nothing, every 100 us, and shows Python frames", async (python) => {
  await using target = await Target.start(python, "steady.py");
  const { code, stdout } = await run(["-P", "-x", "1", "-p", `${target.pid}`], { name: "austin" });
  assert.equal(code, 0);
  const text = new TextDecoder().decode(stdout);
  assert.match(text, /^# austin: 3\.7\.0\n# interval: 100\n# mode: wall\n# python: /);
  assert.match(text, /^P\d+;T0:\d+;.*steady\.py:.*walk:\d+.* \d+$/m);
  assert.doesNotMatch(text, /native@/);
});

testTypicalPythons("austin -n samples, in Austin's text", async (python) => {
  await using target = await Target.start(python, "steady.py");
  const { code, stdout } = await run(["-nP", "-i", "1ms", "-x", "1", "-p", `${target.pid}`], { name: "austin" });
  assert.equal(code, 0);
  const text = new TextDecoder().decode(stdout);
  assert.match(text, /^# austin: 3\.7\.0\n# interval: 1000\n# mode: wall\n/m);
  assert.match(text, /^P\d+;T0:\d+;.*steady\.py:.*walk:\d+.* \d+$/m);
});

testTypicalPythons("austin4 writes MOJO 4 with the names of threads", async (python) => {
  await using target = await Target.start(python, "named_threads.py", { args: ["worker", "worker", "", "ab:1"] });
  const tids = target.ready.split(" ").map((tid) => Number(tid).toString(16));
  const args = ["-i", "1ms", "--pipe", "-c", "-x", "1s", "-p", `${target.pid}`];
  const { code, stdout, stderr } = await run(args, { name: "austin4" });
  assert.deepEqual([code, stderr], [0, ""]);
  const content = readRepeated(stdout);
  assert.equal(content.version, 4);
  const metadata = new Map(content.metadata);
  assert.deepEqual(["austin", "mode", "python"].map((key) => metadata.get(key)), ["4.1.0", "cpu", python.version]);
  assert.ok(content.samples.some((line) => /;.*named_threads\.py:spin:\d+/.test(line)));
  // The main thread waits, so CPU mode may have nothing of it. Of the workers, who is sampled first has the name.
  const others = labels(content).filter((label) => label !== "main\\x3bthread");
  const [first, second, unnamed] = tids;
  const names = (later: string) => ["ab:1", unnamed, "worker", `worker-${later}`].sort();
  assert.ok([names(first), names(second)].some((expected) => String(others) === String(expected)), String(others));
});

if (TYPICAL.length === 0) {
  Deno.test({ name: "--mojo 4 (skipped: no supported Python found)", ignore: true, fn() {} });
} else {
  Deno.test("--mojo 4 is the format alone", async () => {
    await using target = await Target.start(TYPICAL[0], "named_threads.py", { args: ["worker"] });
    const args = ["-P", "-i", "1ms", "-x", "1", "-p", `${target.pid}`];
    const four = readRepeated((await run(["--mojo", "4", ...args])).stdout);
    assert.deepEqual([four.version, new Map(four.metadata).get("austin")], [4, "3.7.0"]);
    assert.deepEqual(labels(four), ["main\\x3bthread", "worker"]);
    const three = readMojo((await run(["--mojo=4", "-b", "--mojo=3", ...args])).stdout);
    assert.deepEqual([three.version, three.repeats], [3, 0]);
    assert.ok(labels(three).includes(`${target.pid}`));
    const other = readMojo((await run(["--mojo=3", ...args], { name: "austin4" })).stdout);
    assert.deepEqual([other.version, new Map(other.metadata).get("austin")], [3, "4.1.0"]);
  });
}

/** As every reader reads it, whatever it takes for a native frame. */
function readRepeated(bytes: Uint8Array): MojoContent {
  const [content, ...others] = Object.values(NATIVE_RULES).map((isNative) => readMojo(bytes, isNative));
  for (const { samples } of others) assert.deepEqual(samples, content.samples);
  assert.ok(content.repeats > 0, `none of ${content.samples.length} samples repeats another`);
  return content;
}

function labels({ samples }: MojoContent): string[] {
  return [...new Set(samples.map((line) => line.match(/^P\d+;T\d+:(.*?)[; ]/)![1]))].sort();
}

function tryText(name: string): string {
  return `Try \`${name} --help' or \`${name} --usage' for more information.\n`;
}
