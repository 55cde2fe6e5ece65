/** Output that cannot go on: said in one line, with what was written still readable and the target as it was. */

import assert from "node:assert/strict";
import { AUSTINP, austinp, startAustinp, TemporaryFolder } from "../support/austinp.ts";
import { parseCollapsed } from "../support/collapsed.ts";
import { readMojo } from "../support/mojo.ts";
import { assertUntouched, until } from "../support/proc.ts";
import { Target } from "../support/target.ts";
import { testOnePython } from "../support/typical_pythons.ts";

/** Claims that all that is in a file is whole: header and samples, in text or MOJO. */
function assertReadable(bytes: Uint8Array, binary: boolean): void {
  if (binary) {
    assert.ok(readMojo(bytes).samples.length > 10);
    return;
  }
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  assert.ok(text.endsWith("\n"));
  assert.ok(parseCollapsed(`${text}\n# duration: 1\n\n`).samples.length > 10);
}

for (const binary of [false, true]) {
  const flags = binary ? "-Pb" : "-P";

  testOnePython(`${flags} on a disk that fills up is whole up to there`, async (python) => {
    await using target = await Target.start(python, "steady.py");
    // The file system goes with its namespace, so what is on it goes to standard output.
    const shell =
      'mount -t tmpfs -o size=64k tmpfs /mnt && { "$@" -o /mnt/samples; code=$?; cat /mnt/samples; exit $code; }';
    const args = ["--mount", "--propagation", "private", "sh", "-c", shell, "sh", AUSTINP];
    const command = new Deno.Command("unshare", {
      args: [...args, flags, "-i", "1ms", "-x", "20", "-p", `${target.pid}`],
      stdout: "piped",
      stderr: "piped",
    });
    const { code, stdout, stderr } = await command.output();
    assert.equal(
      new TextDecoder().decode(stderr),
      "austinp: Cannot write to the output file '/mnt/samples': No space left on device\n",
    );
    assert.equal(code, 255);
    assertReadable(stdout, binary);
    assertUntouched(target.pid);
  }, { obstacle: Deno.uid() === 0 ? null : "not root" });
}

testOnePython("a file that is deleted during a run is said to have been", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  await using target = await Target.start(python, "steady.py");
  await using run = startAustinp(["-P", "-i", "1ms", "-o", file, "-p", `${target.pid}`]);
  await until(() => size(file) > 0, "there is a header");
  await Deno.remove(file);
  run.signal("SIGINT");
  const { code, stderr } = await run.outcome;
  assert.deepEqual([code, stderr], [254, `austinp: The output file '${file}' was deleted during the run\n`]);
  assertUntouched(target.pid);
});

function size(file: string): number {
  try {
    return Deno.statSync(file).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

testOnePython("a file with a limit is whole up to there", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  await using target = await Target.start(python, "steady.py");
  // In units of 512 bytes; the limit holds for the libraries that are loaded, too, some 200 KB each.
  const limit = ["sh", "-c", 'ulimit -f 1000; exec "$@"', "sh"];
  const args = ["-P", "-i", "1ms", "-x", "20", "-o", file, "-p", `${target.pid}`];
  const { code, signal, stderr } = await austinp(args, { prefix: limit });
  assert.deepEqual([code, signal], [255, null]);
  assert.match(stderr, /^austinp: Cannot write to the output file '[^\n]+': File too large\n$/);
  assertReadable(Deno.readFileSync(file), false);
  assertUntouched(target.pid);
});

testOnePython("a reader that goes away ends it quietly, and not its target", async (python) => {
  await using target = await Target.start(python, "steady.py");
  const shell = '{ "$@"; echo $? >&3; } | head -c 3000 >/dev/null';
  const args = ["-c", `exec 3>&1; ${shell}`, "sh", AUSTINP, "-P", "-i", "1ms", "-x", "20", "-p", `${target.pid}`];
  const { stdout, stderr } = await new Deno.Command("sh", { args, stdout: "piped", stderr: "piped" }).output();
  assert.deepEqual([new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)], ["141\n", ""]);
  assertUntouched(target.pid);
});
