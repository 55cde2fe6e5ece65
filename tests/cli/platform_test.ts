import assert from "node:assert/strict";
import { OutputError } from "../../src/errors.ts";
import { denoPlatform } from "../../src/cli/platform.ts";
import { TemporaryFolder } from "../support/austinp.ts";

// The program itself, on a real pipe and with real signals.

for (const [signal, code] of [["SIGINT", 254], ["SIGTERM", 241]] as const) {
  Deno.test(`main() leaves whole output behind at a real ${signal}`, async () => {
    const file = Deno.makeTempFileSync();
    try {
      await using program = start(["-P", "-o", file, "-p", "22"]);
      while (Deno.statSync(file).size < 100_000) await sleep(5);
      program.kill(signal);
      assert.equal((await program.status).code, code);
      const text = Deno.readTextFileSync(file);
      assert.match(
        text,
        /\nP22;T0:24;a\.py:f:3 10012\n\n# duration: 3000123\n.*# errors: 3\/300\n# proved: 297\/300\n# torn: 1\/300\n\n$/s,
      );
      assert.deepEqual([await textOf(program.stdout), await textOf(program.stderr)], ["", ""]);
    } finally {
      Deno.removeSync(file);
    }
  });
}

Deno.test("main() ends with 141 and no word when its reader goes away", async () => {
  await using program = start(["-P", "-p", "22"]);
  const reader = program.stdout.getReader();
  await reader.read();
  await reader.cancel();
  assert.equal((await program.status).code, 141);
  assert.equal(await textOf(program.stderr), "");
});

Deno.test("main() hears signals while its reader pauses, and the second ends it", async () => {
  await using program = start(["-P", "-p", "22"]);
  const reader = program.stdout.getReader();
  await reader.read();
  await sleep(200); // the pipe is full long before
  program.kill("SIGTERM");
  await sleep(200); // two signals at once are one
  program.kill("SIGTERM");
  assert.equal((await program.status).code, 241);
  await reader.cancel();
  await program.stderr.cancel();
});

Deno.test("main() reports a full disk", async () => {
  await using program = start(["-P", "-o", "/dev/full", "-p", "22"]);
  assert.equal((await program.status).code, 255);
  const message = "austinp: Cannot write to the output file '/dev/full': No space left on device\n";
  assert.deepEqual([await textOf(program.stdout), await textOf(program.stderr)], ["", message]);
});

Deno.test("denoPlatform().createFile() empties a file, and names the reason where it cannot", () => {
  const { createFile } = denoPlatform();
  const directory = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${directory}/x`, "old");
    createFile(`${directory}/x`)[Symbol.dispose]();
    assert.equal(Deno.readTextFileSync(`${directory}/x`), "");
    const reason = `Cannot create the output file '${directory}': Is a directory`;
    assert.throws(() => createFile(directory), (error) => error instanceof OutputError && error.message === reason);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("denoPlatform().createFile() knows whether the file was deleted, or replaced", () => {
  using folder = new TemporaryFolder();
  const [path, other] = [folder.file("x"), folder.file("y")];
  for (const remove of [() => Deno.removeSync(path), () => Deno.renameSync(other, path)]) {
    Deno.writeTextFileSync(other, "");
    using file = denoPlatform().createFile(path);
    assert.equal(file.isDeleted(), false);
    remove();
    assert.equal(file.isDeleted(), true);
  }
  using device = denoPlatform().createFile("/dev/null");
  assert.equal(device.isDeleted(), false);
});

/** Starts the program; disposing waits for its end, so that no test leaves one behind. */
function start(args: readonly string[]): Deno.ChildProcess {
  const program = new URL("endless_program.ts", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", program, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream).text();
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
