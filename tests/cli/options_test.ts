import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { OPTIONS, type Options, parseOptions, type Text } from "../../src/cli/options.ts";

const DEFAULTS: Options = {
  target: null,
  interval: 10_000,
  timeout: 1_000_000,
  exposure: 0,
  binary: false,
  kernel: false,
  pipe: false,
  sleepless: false,
  output: null,
};

const ACCEPTED: readonly (readonly [args: readonly string[], expected: Partial<Options> | Text])[] = [
  [["-p", "3"], { target: { kind: "attach", pid: 3 } }],
  [["-kw", "3"], { target: { kind: "where", pid: 3 }, kernel: true }],
  [["-sPi", "1ms", "-p3"], { target: { kind: "attach", pid: 3 }, sleepless: true, pipe: true, interval: 1_000 }],
  [["-w", "3", "-p", "4"], { target: { kind: "attach", pid: 4 } }],
  [["-p", "3", "-w", "4"], { target: { kind: "where", pid: 4 } }],
  [["-i", "1", "-i", "2ms", "-p", "3"], { target: { kind: "attach", pid: 3 }, interval: 2_000 }],
  [["-t", "50", "-x", "2", "-h", "64"], { timeout: 50_000, exposure: 2_000_000 }],
  [["-x", "2s", "--timeout=2s", "--heap", "0"], { timeout: 2_000_000, exposure: 2_000_000 }],
  [["-o", "a", "-o", "b", "x"], { output: "b", target: { kind: "launch", command: ["x"] } }],
  [["-i", "1ms", "python3", "-c", "x", "-p", "3"], {
    interval: 1_000,
    target: { kind: "launch", command: ["python3", "-c", "x", "-p", "3"] },
  }],
  [["-k", "--", "-x"], { kernel: true, target: { kind: "launch", command: ["-x"] } }],
  [["-k"], { kernel: true }],
  [["--"], {}],
  [["--help", "-i", "abc"], "help"],
  [["-?"], "help"],
  [["-k", "--usage"], "usage"],
  [["-V"], "version"],
];

Deno.test("parseOptions() yields defaults, values and the target", async (t) => {
  for (const [args, expected] of ACCEPTED) {
    await t.step(args.join(" "), () => {
      const parsed = parseOptions(args, { createOutput: () => {} });
      assert.deepEqual(parsed, typeof expected === "string" ? expected : { ...DEFAULTS, ...expected });
    });
  }
});

const REFUSED: readonly (readonly [args: readonly string[], words: RegExp])[] = [
  [["-i", "abc"], /interval must be a positive integer/],
  [["-t", "-1"], /timeout must be a positive integer/],
  [["-x", "1ms"], /exposure must be a positive integer/],
  [["-h", "big"], /heap size must be a positive integer/],
  [["-p", "0"], /invalid PID/],
  [["-w", "me"], /invalid PID/],
  [["-p", "3", "python3"], /-p 3 is incompatible with the command 'python3'/],
  [["-w", "3", "python3"], /-w 3 is incompatible with the command 'python3'/],
  [["-i", "abc", "--help"], /interval/],
];

Deno.test("parseOptions() refuses malformed command lines", async (t) => {
  for (const [args, words] of REFUSED) {
    await t.step(args.join(" "), () => {
      const parse = () => parseOptions(args, { createOutput: () => {} });
      assert.throws(parse, (error) => error instanceof UsageError && words.test(error.message));
    });
  }
});

Deno.test("parseOptions() refuses the options of Austin that do nothing yet", async (t) => {
  const names = ["-C", "-f", "-g", "-m", "--children", "--full", "--gc", "--memory"];
  for (const name of names) {
    await t.step(name, () => {
      assert.throws(() => parseOptions([name, "-p", "3"], { createOutput: () => {} }), UsageError);
    });
  }
});

Deno.test("parseOptions() creates each output file in its turn, before later errors", () => {
  const created: string[] = [];
  const effects = { createOutput: (path: string) => void created.push(path) };
  assert.throws(() => parseOptions(["-o", "a", "-o", "b", "-i", "abc", "-o", "c"], effects), UsageError);
  assert.deepEqual(created, ["a", "b"]);
});

Deno.test("OPTIONS has no name twice", () => {
  const names = OPTIONS.flatMap(({ long, short }) => short === null ? [long] : [long, short]);
  assert.equal(new Set(names).size, names.length);
});
