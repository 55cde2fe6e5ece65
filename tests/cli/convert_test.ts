import assert from "node:assert/strict";
import { main } from "../../src/cli/main.ts";
import { mojoFormat } from "../../src/output/mojo.ts";
import type { Mode, Sample } from "../../src/types.ts";
import { kernel, mapping, native, python, sample } from "../output/fixtures.ts";
import { FakeEngine, FakePlatform, FakeRun } from "./fakes.ts";

const FRAMES = [native("_start"), python("a.py", "f", 3), kernel("futex_wait")];
const SAMPLES: readonly Sample[] = [
  sample(FRAMES, { gc: true, memory: -4096 }),
  sample([python("b.py", "g", 4)], { idle: true, memory: 512 }),
];

/** What a run writes. */
async function recorded(
  args: readonly string[],
  samples: readonly Sample[],
): Promise<{ text: string; mojo: Uint8Array }> {
  const outputs = await Promise.all([[], ["-b"]].map(async (binary) => {
    const platform = new FakePlatform();
    const pieces: Uint8Array[] = [];
    platform.stdout.write = (bytes) => {
      pieces.push(bytes.slice());
      return Promise.resolve(bytes.length);
    };
    await main([...args, ...binary, "-p", "22"], { engine: new FakeEngine({ run: new FakeRun([samples]) }), platform });
    return new Uint8Array(pieces.flatMap((piece) => [...piece]));
  }));
  return { text: new TextDecoder().decode(outputs[0]), mojo: outputs[1] };
}

/** Converts a file that holds these bytes. */
async function convert(mojo: Uint8Array, args: readonly string[] = []) {
  const platform = new FakePlatform();
  platform.inputs.set("in.mojo", mojo);
  const code = await main([...args, "--convert", "in.mojo"], { engine: new FakeEngine(), platform });
  return { code, platform, text: platform.stdout.text };
}

/** Converts to what is not text. */
async function convertBytes(input: Uint8Array, args: readonly string[]) {
  const platform = new FakePlatform();
  platform.inputs.set("in", input);
  const pieces: number[] = [];
  platform.stdout.write = (bytes) => {
    pieces.push(...bytes);
    return Promise.resolve(bytes.length);
  };
  const code = await main([...args, "--convert", "in"], { engine: new FakeEngine(), platform });
  return { code, platform, bytes: new Uint8Array(pieces) };
}

Deno.test("main() converts MOJO to the text that the same run writes", async (t) => {
  const rows: readonly (readonly string[])[] = [[], ["-P"], ["-s"], ["-Pg"], ["-m"], ["-Pf"], ["-P", "-i", "1ms"]];
  for (const args of rows) {
    for (const samples of [SAMPLES, []]) {
      await t.step(`${args.join(" ")} ${samples.length} samples`, async () => {
        const { text, mojo } = await recorded(args, samples);
        const result = await convert(mojo);
        assert.deepEqual([result.code, result.platform.printed], [0, ""]);
        assert.equal(result.text, text);
      });
    }
  }
});

Deno.test("main() leaves metadata between samples where it is", async () => {
  const format = mojoFormat();
  const header = (mode: Mode, start: number) =>
    format.header({
      ...{ austin: "3.7.0", interval: 1000, mode, memory: null, python: null },
      mappings: [mapping(start, "/lib/a b.so")],
    }) as Uint8Array;
  const first = [header("wall", 0x1000), format.sample(SAMPLES[0])] as Uint8Array[];
  // A second header without its four bytes.
  const bytes = [...first, header("wall", 0x2000).slice(4), format.sample(SAMPLES[1]) as Uint8Array];
  const result = await convert(new Uint8Array(bytes.flatMap((piece) => [...piece])));
  const lines = result.text.split("\n");
  assert.deepEqual(lines.map((line) => line.replace(/ .*/, "").slice(0, 6)), [
    ...["#", "#", "#", "#", "", "P22;T0", "#", "#", "#", "#", "P22;T0", "", ""],
  ]);
  assert.ok(lines[6].endsWith("# map: 2000-3000 /lib/a b.so"));
});

Deno.test("main() keeps what was before the byte where a file is malformed, and says where that is", async () => {
  const { text, mojo } = await recorded([], SAMPLES);
  const [lines, samples] = [text.split("\n"), text.split("\n").filter((line) => line.startsWith("P"))];
  const cut = await convert(mojo.slice(0, -3), ["-o", "/out"]);
  assert.equal(cut.code, 255);
  assert.match(cut.platform.printed, /^austinp: Cannot read MOJO at byte \d+: it ends in the middle of an event\n$/);
  const kept = cut.platform.files.get("/out")!.text.split("\n");
  assert.deepEqual(kept.filter((line) => line.startsWith("P")), samples);
  assert.deepEqual(kept.slice(0, -2), lines.slice(0, kept.length - 2));
});

Deno.test("main() converts between collapsed text and MOJO, both ways", async (t) => {
  for (const args of [[], ["-s"], ["-m"], ["-Pfg"]]) {
    await t.step(args.join(" "), async () => {
      const { text } = await recorded(args, SAMPLES);
      const bytes = (await convertBytes(new TextEncoder().encode(text), ["--format", "mojo"])).bytes;
      assert.deepEqual([...bytes.slice(0, 4)], [0x4d, 0x4f, 0x4a, 3]);
      assert.equal((await convert(bytes)).text, text);
      assert.equal((await convert(new TextEncoder().encode(text))).text, text);
      const four = await convertBytes(new TextEncoder().encode(text), ["--mojo=4"]);
      assert.equal(four.bytes[3], 4);
    });
  }
});

Deno.test("main() converts what is asked for of the samples", async () => {
  const text = "P1;T0:1;a.py:f:3;native@7f0010:qsort:16 5\nP1;T0:2;b.py:g:4;kernel:do_futex:0 6\n";
  const converted = async (...args: string[]) => (await convert(new TextEncoder().encode(text), args)).text.trim();
  assert.equal(await converted("--python-only"), "P1;T0:1;a.py:f:3 5\nP1;T0:2;b.py:g:4 6");
  assert.equal(await converted("--thread", "2", "--no-lines"), "P1;T0:2;b.py:g:0;kernel:do_futex:0 6");
  assert.equal(await converted("--include=^qs", "--no-lines"), "P1;T0:1;a.py:f:0;native@7f0000:qsort:0 5");
  assert.equal(await converted("--exclude=^qs"), "P1;T0:2;b.py:g:4;kernel:do_futex:0 6");
  const platform = new FakePlatform();
  assert.equal(await main(["--include=(", "--convert=x"], { engine: new FakeEngine(), platform }), 64);
  assert.match(platform.printed, /--include takes a regular expression/);
});

Deno.test("main() leaves out lines that are no samples, and says so", async () => {
  const text = "P1;T0:1;a.py:f:3 5\n" + "nothing\n".repeat(7) + "P1;T0:2;a.py:f:4 6\n";
  const result = await convert(new TextEncoder().encode(text));
  assert.equal(result.code, 0);
  assert.equal(result.text, "\nP1;T0:1;a.py:f:3 5\nP1;T0:2;a.py:f:4 6\n\n");
  const said = result.platform.printed.split("\n");
  assert.equal(said.length, 7);
  assert.match(said[0], /^austinp: Line 2 was left out: it begins with neither/);
  assert.match(said[5], /7 lines were left out in all/);
});

Deno.test("main() fails for what holds no sample, and for names that MOJO 3 cannot hold", async () => {
  for (const text of ["", "# austin: 3.7.0\n", "MO"]) {
    const { code, platform } = await convert(new TextEncoder().encode(text));
    assert.equal(code, 255);
    assert.match(platform.printed, /No sample in 1 line|the input is empty/);
  }
  const named = await convert(new TextEncoder().encode("P1;T0:worker;a.py:f:3 5\n"), ["--format=mojo"]);
  assert.equal(named.code, 255);
  assert.match(named.platform.printed, /Cannot write the name of a thread, 'worker', in MOJO 3/);
});

Deno.test("main() converts nothing beside other work, and no file that is not there", async (t) => {
  const rows: readonly (readonly [args: readonly string[], code: number, words: RegExp])[] = [
    [["--convert", "x", "-p", "22"], 64, /--convert is incompatible with option -p 22/],
    [["-w", "22", "--convert", "x"], 64, /--convert is incompatible with option -w 22/],
    [["--convert", "x", "python3"], 64, /--convert is incompatible with the command 'python3'/],
    [["--convert", "nowhere"], 255, /Cannot read 'nowhere': No such file or directory/],
  ];
  for (const [args, code, words] of rows) {
    await t.step(args.join(" "), async () => {
      const platform = new FakePlatform();
      assert.equal(await main(args, { engine: new FakeEngine(), platform }), code);
      assert.match(platform.printed, words);
    });
  }
});

Deno.test("main() converts under the name austin too", async () => {
  const { text, mojo } = await recorded(["-P"], SAMPLES);
  const platform = new FakePlatform();
  platform.programPath = "austin";
  platform.inputs.set("x", mojo);
  assert.equal(await main(["--convert=x"], { engine: new FakeEngine(), platform }), 0);
  assert.equal(platform.stdout.text, text);
});

Deno.test("main() converts samples of threads that waited alone, where the recording tells which did", async () => {
  const { text, mojo } = await recorded(["-f"], SAMPLES);
  const waiting = text.split("\n").filter((line) => line.startsWith("P") && line.includes(",1,"));
  const result = await convert(mojo, ["--off-cpu"]);
  assert.deepEqual(result.text.split("\n").filter((line) => line.startsWith("P")), waiting);
  const wall = await convert((await recorded([], SAMPLES)).mojo, ["--on-cpu"]);
  assert.notEqual(wall.code, 0);
  assert.match(wall.platform.printed, /does not tell which threads waited: it was taken in wall mode/);
});
