import assert from "node:assert/strict";
import { main } from "../../src/cli/main.ts";
import { FakeEngine, FakePlatform } from "./fakes.ts";

/** Lines of samples: of a hundred, so many with `f`. */
function recording(share: number, mode = "wall"): Uint8Array {
  const lines = Array.from(
    { length: 3000 },
    (_, i) => `P1;T0:${i % 2};a.py:main:1;a.py:${i * 37 % 100 < share ? "f" : "g"}:2 100`,
  );
  return new TextEncoder().encode([`# mode: ${mode}`, "", ...lines, ""].join("\n"));
}

async function run(args: readonly string[], inputs: Readonly<Record<string, Uint8Array>>) {
  const platform = new FakePlatform();
  for (const [path, bytes] of Object.entries(inputs)) platform.inputs.set(path, bytes);
  const code = await main(args, { engine: new FakeEngine(), platform });
  return { code, platform, text: platform.stdout.text };
}

Deno.test("main() writes a table of what has changed between two files", async () => {
  const { code, text, platform } = await run(["--diff", "a", "b"], { a: recording(20), b: recording(50) });
  assert.deepEqual([code, platform.printed], [0, ""]);
  assert.match(text, /^ +20\.0 % +50\.0 % +\+30\.0 +\+30\.0 +grew +f \(a\.py\)$/m);
  assert.match(text, /^ +80\.0 % +50\.0 % +-30\.0 +-30\.0 +shrank g \(a\.py\)$/m);
});

Deno.test("main() fails where a function grew by more than its limit, and says so", async (t) => {
  const inputs = { a: recording(20), b: recording(30), noise: recording(21) };
  const rows = [
    [["--fail-if", "+40%:f"], "b", 1, /f has grown from 20\.00 % to 30\.00 %, by more than 40 % of that/],
    [["--fail-if", "+60%:f"], "b", 0, /^$/],
    [["--fail-if", "+0%:g", "--fail-if=+0%:main"], "b", 0, /^$/],
    [["--fail-if", "+1%:f"], "noise", 0, /^$/],
    [["--fail-if", "+1%:nowhere"], "b", 255, /Neither recording has a function 'nowhere'/],
  ] as const;
  for (const [args, path, expected, words] of rows) {
    await t.step(`${args.join(" ")} ${path}`, async () => {
      const { code, platform } = await run([...args, "--diff", "a", path], inputs);
      assert.equal(code, expected);
      assert.match(platform.printed, words);
    });
  }
});

Deno.test("main() writes a comparison as a flame graph with both weights of each frame", async () => {
  const { code, platform, text } = await run(["-o", "d.html", "--diff=a", "b"], { a: recording(20), b: recording(50) });
  assert.equal(code, 0);
  assert.match(text, /grew +f/);
  const page = platform.files.get("d.html")!.text;
  const profile = JSON.parse(/<script type="application\/json" id="profile">\s*(.*?)\s*<\/script>/s.exec(page)![1]);
  const weights = profile.nodes.map((frame: number, i: number) => [
    profile.frames[frame]?.[1],
    profile.before[i],
    profile.values[i],
  ]);
  assert.deepEqual(weights.slice(3), [["f", 60_000, 150_000], ["g", 240_000, 150_000]]);
});

Deno.test("main() compares neither time with memory nor into another form, and tells of what it cannot read", async () => {
  const inputs = { a: recording(20), b: recording(20, "memory"), text: new TextEncoder().encode("hello\n") };
  const rows = [
    [["--diff", "a", "b"], /one measures memory/],
    [["-o", "x.svg", "--diff", "a", "a"], /ends in \.html/],
    [
      ["--diff", "a", "text"],
      /No sample in 1 line/,
    ],
    [["--diff", "a", "missing"], /Cannot read 'missing'/],
  ] as const;
  for (const [args, words] of rows) {
    const { code, platform } = await run(args, inputs);
    assert.notEqual(code, 0);
    assert.match(platform.printed, words);
  }
});
