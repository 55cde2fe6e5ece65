/** MOJO of a real run, converted by the executable: all of it, as a reader of MOJO that is not ours has it. */

import assert from "node:assert/strict";
import { AUSTINP, austinp, TemporaryFolder } from "../support/austinp.ts";
import { readMojo } from "../support/mojo.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

for (const flags of [["-P"], ["-fg"], ["-Psk"]]) {
  testTypicalPythons(`--convert gives the samples of ${flags.join(" ")} -b as text`, async (python) => {
    using folder = new TemporaryFolder();
    const [mojo, text] = [folder.file("mojo"), folder.file("text")];
    await using target = await Target.start(python, "steady.py");
    const run = await austinp([...flags, "-b", "-i", "1ms", "-x", "1", "-o", mojo, "-p", `${target.pid}`]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(await austinp(["--convert", mojo, "-o", text]), { code: 0, signal: null, stdout: "", stderr: "" });

    const content = readMojo(Deno.readFileSync(mojo));
    const lines = Deno.readTextFileSync(text).split("\n");
    assert.ok(content.samples.length > 50);
    assert.deepEqual(lines.filter((line) => line.startsWith("P")), content.samples);
    assert.deepEqual(
      lines.filter((line) => line.startsWith("# ")),
      content.metadata.map(([key, value]) => `# ${key}: ${value}`),
    );
    const metadata = new Map(content.metadata);
    assert.equal(metadata.get("interval"), "1000");
    assert.ok(Number(metadata.get("duration")) >= 1_000_000);
    // Header, samples and the rest are told apart by the empty lines.
    const [empty, closing] = [lines.indexOf(""), lines.lastIndexOf("", -3)];
    assert.ok(lines[empty + 1].startsWith("P"));
    assert.ok(lines.slice(0, empty).every((line) => line.startsWith("# ")));
    assert.ok(closing > empty && lines[closing + 1].startsWith("# duration: "));
  });
}

testTypicalPythons("--convert - reads a pipe, and what is cut off is kept up to there", async (python) => {
  using folder = new TemporaryFolder();
  const mojo = folder.file("mojo");
  await using target = await Target.start(python, "steady.py");
  await austinp(["-Pb", "-i", "1ms", "-x", "1", "-o", mojo, "-p", `${target.pid}`]);
  const bytes = Deno.readFileSync(mojo);
  const { samples } = readMojo(bytes);
  // In the middle of the samples, as where the disk was full; of two neighbouring places, one at least is within a sample.
  const results = [];
  for (const size of [bytes.length / 2, bytes.length / 2 + 1]) {
    Deno.writeFileSync(mojo, bytes.slice(0, size));
    results.push(await piped(mojo));
  }
  const { code, stdout, stderr } = results.find(({ code }) => code !== 0) ?? results[0];
  assert.equal(code, 255);
  assert.match(stderr, /^austinp: Cannot read MOJO at byte \d+: it ends in the middle of [a-z ]+\n$/);
  const kept = stdout.split("\n").filter((line) => line.startsWith("P"));
  assert.ok(kept.length > samples.length / 4);
  assert.deepEqual(kept, samples.slice(0, kept.length));
});

/** Converts what comes by a pipe. */
async function piped(file: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const shell = `cat "$1" | "$2" --convert -`;
  const output = await new Deno.Command("sh", { args: ["-c", shell, "sh", file, AUSTINP] }).output();
  const decoder = new TextDecoder();
  return { code: output.code, stdout: decoder.decode(output.stdout), stderr: decoder.decode(output.stderr) };
}
