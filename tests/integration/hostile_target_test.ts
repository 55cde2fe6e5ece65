/** A program that wants to harm who looks at it: by names that hold escapes and line ends, and by files. */

import assert from "node:assert/strict";
import { AUSTINP, austinp, TemporaryFolder } from "../support/austinp.ts";
import { buildC } from "../support/c_program.ts";
import { parseSamples } from "../support/collapsed.ts";
import { Target } from "../support/target.ts";
import { testOnePython } from "../support/typical_pythons.ts";

/** What is in the library before its symbol is changed, and after. */
const SYMBOL = "through_a_name_that_is_longe";
const EVIL_SYMBOL = "thr\x1b[31m\n\r;: P1;T1 \x07\x9b2J_long";

/** A library below a folder whose name is as evil, with a symbol that is. */
function evilLibrary(folder: TemporaryFolder): string {
  const flags = ["-shared", "-fPIC", "-O1", `-DNAME=${SYMBOL}`, "-DPADDING=64", "-Wl,-Bsymbolic"];
  const text = latin1(Deno.readFileSync(buildC("hostile.so", ["tests/fixtures/hostile.c"], flags)));
  const place = folder.file("evil\n\x1b[2J;: (deleted)");
  Deno.mkdirSync(place);
  const path = `${place}/lib\x1b[31m\n.so`;
  Deno.writeFileSync(path, Uint8Array.from(text.replaceAll(SYMBOL, EVIL_SYMBOL), (c) => c.charCodeAt(0)));
  return path;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Control characters, but for line ends; switches of the writing direction; a Latin-1 CSI. */
function assertHarmless(text: string, what: string): void {
  // deno-lint-ignore no-control-regex
  const found = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.exec(text);
  assert.equal(found, null, `${what} has ${JSON.stringify(found?.[0])}: ${JSON.stringify(text.slice(0, 2000))}`);
}

testOnePython("names with escapes and line ends reach no terminal and break no line", async (python, t) => {
  using folder = new TemporaryFolder();
  const library = evilLibrary(folder);
  await using target = await Target.start(python, "hostile.py", { args: [library] });
  for (const args of [["-w"], ["-kw"], ["--full-symbols", "--full-paths", "-w"], ["--json", "-w"], ["--check"]]) {
    await t.step(args.join(" "), async () => {
      const { code, stdout, stderr } = await austinp([...args, `${target.pid}`]);
      assert.equal(code, 0, stderr);
      assertHarmless(stdout, "standard output");
      assertHarmless(stderr, "standard error");
      if (!args.includes("--check")) {
        assert.match(stdout, /function\\x1b\[31m|function\\\\x1b\[31m|function\\u001b\[31m/);
      }
    });
  }
  await t.step("samples", async () => {
    const { code, stdout, stderr } = await austinp(["-P", "-i", "1ms", "-x", "1", "-p", `${target.pid}`]);
    assert.equal(code, 0, stderr);
    assertHarmless(stdout, "standard output");
    const samples = parseSamples(stdout);
    assert.ok(samples.length > 10 && samples.every(({ pid }) => pid === target.pid));
    assert.ok(
      samples.some(({ frames }) =>
        frames.some((frame) => frame.kind === "python" && /function\\x1b/.test(frame.function))
      ),
    );
  });
});

testOnePython("no file of the target's is opened for writing, and none executed", async (python) => {
  await using target = await Target.start(python, "busy.py");
  using folder = new TemporaryFolder();
  const log = folder.file("log");
  const args = [
    "-f",
    "-qq",
    "-e",
    "trace=open,openat,openat2,creat,execve,execveat,unlink,unlinkat,rename,renameat2,mkdir",
  ];
  // Where it keeps what it has found out is its own.
  const cache = folder.file("cache");
  const options = { prefix: ["strace", ...args, "-o", log], env: { XDG_CACHE_HOME: cache } };
  const outcome = await austinp(["-w", `${target.pid}`], options);
  assert.equal(outcome.code, 0, outcome.stderr);
  const calls = Deno.readTextFileSync(log).split("\n").filter((line) => !line.includes(" ENOENT "));
  const executed = calls.filter((line) => /\bexecve(at)?\(/.test(line));
  assert.deepEqual(executed.filter((line) => !line.includes(AUSTINP)), []);
  const writing = calls.filter((line) => /O_WRONLY|O_RDWR|O_CREAT|creat\(|unlink|rename|mkdir/.test(line));
  assert.deepEqual(
    writing.filter((line) => !/"\/dev\/(null|tty)"|\/proc\/self\/|"\/dev\/log"/.test(line) && !isBelow(cache, line)),
    [],
  );
}, { obstacle: hasStrace() ? null : "no strace" });

/** Whether all paths in a line of strace's are below a folder, or it. */
function isBelow(folder: string, line: string): boolean {
  const paths = [...line.matchAll(/"([^"]*)"/g)].map(([, path]) => path);
  return paths.length > 0 && paths.every((path) => path === folder || path.startsWith(`${folder}/`));
}

function hasStrace(): boolean {
  try {
    return new Deno.Command("strace", { args: ["-qq", "true"], stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
