/** Source lines of native frames and inlined calls, as users meet them. */

import assert from "node:assert/strict";
import { where } from "../../mod.ts";
import type { NativeFrame } from "../../src/types.ts";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { buildC, buildLibrary } from "../support/c_program.ts";
import { readMojo } from "../support/mojo.ts";
import { type Python, PYTHONS } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";
import "../unwind/lines/loaded.ts";
import { buildId } from "../../src/unwind/build_id.ts";
import { splitDebug } from "../unwind/corpus.ts";
import { elfOf } from "../unwind/support.ts";

const SOURCE = new URL("../fixtures/waiting.c", import.meta.url).pathname;
const ENV = { NO_COLOR: "1" };

/** The newest interpreter: what is tested is not its. */
function anyPython(): Python {
  const python = PYTHONS.at(-1);
  assert.ok(python !== undefined, "no Python");
  return python;
}

/** The numbers of the lines of the source that have a word in them. */
function linesWith(word: string): number[] {
  const lines = Deno.readTextFileSync(SOURCE).split("\n");
  return lines.flatMap((line, index) => line.includes(`/* ${word} */`) ? [index + 1] : []);
}

const [CALL] = linesWith("CALL");
const WAIT = linesWith("WAIT");
const OUTER = `${SOURCE}:wait_here:${CALL}`;
const INNER = new RegExp(`^${SOURCE}:wait_inlined_\\[i\\]:(${WAIT.join("|")})$`);

Deno.test("-w shows lines, and inlined calls as frames of their own", async () => {
  await using target = await Target.start(anyPython(), "waiting.py", { args: [buildLibrary("waiting.c")] });
  const { stdout, stderr } = await austinp(["-w", `${target.pid}`], { env: ENV });
  const outer = `    wait_here (${SOURCE}:${CALL})\n`;
  assert.ok(stdout.includes(outer), stdout + stderr);
  const inner = new RegExp(`^    wait_inlined \\(${SOURCE}:(${WAIT.join("|")})\\) \\[inlined\\]$`);
  assert.match(stdout.split(outer)[1].split("\n")[0], inner);
});

Deno.test("where() gives lines when it is asked for them", async () => {
  await using target = await Target.start(anyPython(), "waiting.py", { args: [buildLibrary("waiting.c")] });
  const isOurs = (frame: NativeFrame) => /wait_/.test(frame.symbol);
  const framesOf = async (lines: boolean) =>
    (await where(target.pid, { lines })).threads[0].stack.frames.filter((frame) => frame.kind === "native")
      .filter(isOurs);
  assert.deepEqual((await framesOf(false)).map(({ symbol, source }) => [symbol, source]), [["wait_here", undefined]]);
  assert.deepEqual(
    (await framesOf(true)).map(({ symbol, source, inlined = false }) => [symbol, source?.file, inlined]),
    [["wait_here", SOURCE, false], ["wait_inlined", SOURCE, true]],
  );
});

Deno.test("--lines writes lines while sampling, as text and as MOJO", async () => {
  using folder = new TemporaryFolder();
  await using target = await Target.start(anyPython(), "waiting.py", { args: [buildLibrary("waiting.c")] });
  for (const format of [[], ["-b"]]) {
    const file = folder.file("samples");
    const { code } = await austinp(["--lines", ...format, "-i10ms", "-x1", "-o", file, "-p", `${target.pid}`]);
    assert.equal(code, 0);
    const bytes = Deno.readFileSync(file);
    const lines = format.length > 0 ? readMojo(bytes).samples : new TextDecoder().decode(bytes).split("\n");
    const samples = lines.filter((line) => line.startsWith("P"));
    assert.ok(samples.length > 0, "no samples");
    for (const sample of samples) {
      const frames = sample.replace(/ \d+$/, "").split(";");
      const at = frames.indexOf(OUTER);
      assert.ok(at > 0, sample);
      assert.match(frames[at + 1], INNER);
    }
  }
});

Deno.test("-w shows binary and offset where there is no debug information", async () => {
  using folder = new TemporaryFolder();
  const library = folder.file("stripped.so");
  const { success } = new Deno.Command("strip", { args: ["-o", library, buildLibrary("waiting.c")] }).outputSync();
  assert.ok(success);
  await using target = await Target.start(anyPython(), "waiting.py", { args: [library] });
  const { stdout } = await austinp(["-w", `${target.pid}`], { env: ENV });
  assert.match(stdout, new RegExp(`^    wait_here \\(.*stripped\\.so:\\d+\\)$`, "m"));
});

/** The frames of our library in each sample of a text. */
function ours(text: string): string[] {
  const samples = text.split("\n").filter((line) => line.startsWith("P"));
  return samples.map((line) => line.split(";").filter((frame) => /wait_(here|inlined)/.test(frame)).join(";"));
}

const RESOLVED = new RegExp(`^${OUTER};${INNER.source.slice(1, -1)}$`);

Deno.test("--resolve adds lines to samples that were taken before, of text and MOJO, from a file and from a pipe", async () => {
  using folder = new TemporaryFolder();
  const samples = folder.file("samples");
  for (const format of [[], ["-b"]]) {
    {
      await using target = await Target.start(anyPython(), "waiting.py", { args: [buildLibrary("waiting.c")] });
      await austinp([...format, "-i10ms", "-x1", "-o", samples, "-p", `${target.pid}`]);
    }
    const { code, stdout, stderr } = await austinp(["--resolve", samples]);
    assert.equal(code, 0, stderr);
    const frames = ours(stdout);
    assert.ok(frames.length > 0, stdout);
    for (const frame of frames) assert.match(frame, RESOLVED);
    // What is resolved already stays as it is.
    assert.equal((await austinp(["--resolve", "-"], { input: stdout })).stdout, stdout);
  }
});

Deno.test("--resolve uses no file of another build, says so once, and finds the right one in --debug-dir", async () => {
  using folder = new TemporaryFolder();
  const library = folder.file("libwaiting.so");
  const samples = folder.file("samples");
  Deno.copyFileSync(buildLibrary("waiting.c"), library);
  {
    await using target = await Target.start(anyPython(), "waiting.py", { args: [library] });
    await austinp(["-i10ms", "-x1", "-o", samples, "-p", `${target.pid}`]);
  }
  const kept = folder.file("kept");
  Deno.mkdirSync(`${kept}${folder.path}`, { recursive: true });
  Deno.renameSync(library, `${kept}${library}`);
  const gone = await austinp(["--resolve", samples]);
  assert.match(ours(gone.stdout)[0], /^native@[0-9a-f]+:wait_here:\d+$/);
  assert.equal(gone.stderr.split("no source lines of").filter((part) => part.includes(library)).length, 1, gone.stderr);

  Deno.copyFileSync(buildC("waiting_other.so", ["tests/fixtures/waits.c"], ["-shared", "-fPIC"]), library);
  const other = await austinp(["--resolve", samples]);
  assert.match(ours(other.stdout)[0], /^native@/);
  assert.match(other.stderr, /is another one, of build-id [0-9a-f]+; that of the samples is [0-9a-f]+/);

  const found = await austinp(["--resolve", samples, "--debug-dir", kept]);
  for (const frame of ours(found.stdout)) assert.match(frame, RESOLVED);
});

Deno.test("--resolve needs nothing but a debug file by build-id, as on another machine", async () => {
  using folder = new TemporaryFolder();
  const library = folder.file("libwaiting.so");
  Deno.copyFileSync(buildLibrary("waiting.c"), library);
  const files = [["text"], ["mojo", "-b"]].map(([name, ...format]) => ({ path: folder.file(name), format }));
  {
    await using target = await Target.start(anyPython(), "waiting.py", { args: [library] });
    for (const { path, format } of files) {
      await austinp([...format, "-i10ms", "-x1", "-o", path, "-p", `${target.pid}`]);
    }
  }
  const id = buildId(elfOf(library))!;
  const kept = folder.file("kept");
  Deno.mkdirSync(`${kept}/.build-id/${id.slice(0, 2)}`, { recursive: true });
  splitDebug(library, `${kept}/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`);
  Deno.removeSync(library);
  for (const { path } of files) {
    const { stdout, stderr } = await austinp(["--resolve", "-", "--debug-dir", kept], {
      prefix: ["sh", "-c", `exec "$@" <${path}`, "sh"],
    });
    const frames = ours(stdout);
    assert.ok(frames.length > 0, stdout + stderr);
    for (const frame of frames) assert.match(frame, RESOLVED);
  }
});
