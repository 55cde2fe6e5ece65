import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import type { TextKind } from "../../src/cli/option.ts";
import { isAustins, modeOf, OPTIONS, type Options, parseOptions } from "../../src/cli/options.ts";
import { programAt } from "../../src/cli/program.ts";
import { WHOLE } from "../../src/output/shape.ts";
import type { Mode } from "../../src/types.ts";

const AUSTINP = programAt("austinp");
const AUSTIN4 = { ...AUSTINP, compat: 4 } as const;

const DEFAULTS: Options = {
  program: AUSTINP,
  target: null,
  interval: 10_000,
  timeout: 1_000_000,
  exposure: 0,
  format: "collapsed",
  shape: WHOLE,
  saved: null,
  failIf: [],
  watch: null,
  quiet: false,
  json: false,
  children: false,
  mojo: 3,
  native: true,
  kernel: false,
  lines: false,
  debugFolder: null,
  pipe: false,
  sleepless: false,
  memory: false,
  full: false,
  gc: false,
  jitter: true,
  overheadBudget: null,
  allowEintr: false,
  fullSymbols: false,
  fullPaths: false,
  output: null,
  logFile: null,
  logLevel: "info",
};

const FOUR = { program: AUSTIN4, timeout: 3_000_000, format: "mojo", mojo: 4 } as const;

const ACCEPTED: readonly (readonly [args: readonly string[], expected: Partial<Options> | TextKind])[] = [
  [["-p", "3"], { target: { kind: "attach", pid: 3 } }],
  [["-Cp3"], { target: { kind: "attach", pid: 3 }, children: true }],
  [["--child", "-w", "3"], { target: { kind: "where", pid: 3 }, children: true }],
  [["-kw", "3"], { target: { kind: "where", pid: 3 }, kernel: true }],
  [["-sPi", "1ms", "-p3"], { target: { kind: "attach", pid: 3 }, sleepless: true, pipe: true, interval: 1_000 }],
  [["-gsmp3"], { target: { kind: "attach", pid: 3 }, gc: true, sleepless: true, memory: true }],
  [["--gc", "--full", "--memory"], { gc: true, full: true, memory: true }],
  [["-w", "3", "-p", "4"], { target: { kind: "attach", pid: 4 } }],
  [["-p", "3", "-w", "4"], { target: { kind: "where", pid: 4 } }],
  [["-i", "1", "-i", "2ms", "-p", "3"], { target: { kind: "attach", pid: 3 }, interval: 2_000 }],
  [["-t", "50", "-x", "2", "-h", "64"], { timeout: 50_000, exposure: 2_000_000 }],
  [["-x", "2s", "--timeout=2s", "--heap", "0"], { timeout: 2_000_000, exposure: 2_000_000 }],
  [["--log-file", "-", "--log-level=debug", "x"], {
    logFile: "-",
    logLevel: "debug",
    target: { kind: "launch", command: ["x"] },
  }],
  [["-o", "a", "-o", "b", "x"], { output: "b", target: { kind: "launch", command: ["x"] } }],
  [["-i", "1ms", "python3", "-c", "x", "-p", "3"], {
    interval: 1_000,
    target: { kind: "launch", command: ["python3", "-c", "x", "-p", "3"] },
  }],
  [["-k", "--", "-x"], { kernel: true, target: { kind: "launch", command: ["-x"] } }],
  [["-k"], { kernel: true }],
  [["-b"], { format: "mojo" }],
  [["-cn", "-p3"], { target: { kind: "attach", pid: 3 }, sleepless: true }],
  [["--cpu", "--native"], { sleepless: true }],
  [["--format", "jsonl"], { format: "jsonl" }],
  [["-o", "a.jsonl"], { output: "a.jsonl", format: "jsonl" }],
  [["-o", "a.jsonl", "-b"], { output: "a.jsonl", format: "mojo" }],
  [["--format=collapsed", "-b", "-o", "a.jsonl", "--format=jsonl"], { output: "a.jsonl", format: "jsonl" }],
  [["--python-only", "--no-lines"], { shape: { ...WHOLE, pythonOnly: true, noLines: true } }],
  [["-w", "7", "--json"], { json: true, target: { kind: "where", pid: 7 } }],
  [["-qP", "-p", "3"], { quiet: true, pipe: true, target: { kind: "attach", pid: 3 } }],
  [["--diff", "a", "b"], { target: { kind: "diff", before: "a", path: "b" } }],
  [["--diff=a", "--convert=b", "--fail-if", "+5%:f", "--fail-if=0.5%:g:h"], {
    target: { kind: "diff", before: "a", path: "b" },
    failIf: [{ growth: 0.05, function: "f" }, { growth: 0.005, function: "g:h" }],
  }],
  [["-w7", "--watch", "2"], { target: { kind: "where", pid: 7 }, watch: 2_000_000 }],
  [["-w7", "--diff=a"], { target: { kind: "where", pid: 7 }, saved: "a" }],
  [["--fold-native", "--on-cpu"], { shape: { ...WHOLE, foldNative: true, cpu: "on" } }],
  [["--by-line", "--split-threads"], { shape: { ...WHOLE, byLine: true, splitThreads: true } }],
  [["--thread=a b", "--thread", "7"], { shape: { ...WHOLE, threads: ["a b", "7"] } }],
  [["--include=^f$", "--exclude", "x"], { shape: { ...WHOLE, include: /^f$/u, exclude: /x/u } }],
  [["--mojo", "4"], { format: "mojo", mojo: 4 }],
  [["--mojo=4", "-b", "--mojo=3"], { format: "mojo", mojo: 3 }],
  [["--compat", "4"], { ...FOUR }],
  [["--compat=4", "--compat=3"], {}],
  [["-t", "2s", "--compat=4"], { ...FOUR, timeout: 2_000_000 }],
  [["--compat=4", "--mojo=3"], { ...FOUR, mojo: 3 }],
  [["--compat=4", "-ci", "1ms", "-x", "3s"], { ...FOUR, sleepless: true, interval: 1_000, exposure: 3_000_000 }],
  [["--no-native", "-n"], {}],
  [["--no-native"], { native: false }],
  [["--no-jitter", "--allow-eintr"], { jitter: false, allowEintr: true }],
  [["--overhead-budget=0.5"], { overheadBudget: 0.005 }],
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
      if (typeof expected === "string") assert.equal("prints" in parsed && parsed.prints, expected);
      else assert.deepEqual(parsed, { ...DEFAULTS, ...expected });
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
  [["--compat", "5"], /version of --compat must be 3 or 4, not '5'/],
  [["--compat", ""], /version of --compat must be 3 or 4/],
  [["--mojo", "2"], /version of --mojo must be 3 or 4, not '2'/],
  [["--diff", "a"], /--diff compares two files/],
  [["--diff", "a", "b", "c"], /--diff compares two files/],
  [["--fail-if", "5:f"], /limit such as \+5%:FUNCTION, not '5:f'/],
  [["--fail-if", "5%:f", "-p", "3"], /--fail-if goes with --diff/],
  [["--watch", "1", "-p", "3"], /--watch goes with -w/],
  [["-w3", "--json", "--diff", "a"], /--diff writes text/],
  [["-s", "--off-cpu"], /--off-cpu writes what -s leaves out/],
  [["--no-native", "-k"], /option -k .* not with --no-native/],
];

Deno.test("parseOptions() refuses malformed command lines", async (t) => {
  for (const [args, words] of REFUSED) {
    await t.step(args.join(" "), () => {
      const parse = () => parseOptions(args, { createOutput: () => {} });
      assert.throws(parse, (error) => error instanceof UsageError && words.test(error.message));
    });
  }
});

const MODES: readonly (readonly [args: string, mode: Mode])[] = [
  ["-g", "wall"],
  ["-s", "cpu"],
  ["-m", "memory"],
  ["-sm", "memory"],
  ["-f", "full"],
  ["-fms", "full"],
];

Deno.test("modeOf() drops -s for -m, and both for -f", async (t) => {
  for (const [args, mode] of MODES) {
    await t.step(args, () => {
      assert.equal(modeOf(parseOptions([args], { createOutput: () => {} }) as Options), mode);
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

Deno.test("parseOptions() goes by the program", async (t) => {
  const createOutput = () => {};
  await t.step("austin", () => {
    const program = programAt("austin");
    const { interval, native } = parseOptions([], { program, createOutput }) as Options;
    assert.deepEqual([interval, native], [100, false]);
    for (const args of [["-p", "3"], ["-w", "3"], ["python3"]]) {
      const nativeOf = (words: string[]) => (parseOptions(words, { program, createOutput }) as Options).native;
      assert.deepEqual([nativeOf(args), nativeOf(["-n", ...args])], [false, true]);
    }
    assert.throws(() => parseOptions(["-k"], { program, createOutput }), /invalid option -- 'k'/);
    assert.throws(() => parseOptions(["--kernel"], { program, createOutput }), /unrecognized option/);
  });
  await t.step("austin4", () => {
    const program = programAt("/usr/local/bin/austin4");
    const { format, mojo, timeout, interval, native } = parseOptions([], { program, createOutput }) as Options;
    assert.deepEqual([format, mojo, timeout, interval, native], ["mojo", 4, 3_000_000, 10_000, true]);
  });
});

Deno.test("parseOptions() gives a text as the options before it made it", () => {
  const parse = (args: string[]) => parseOptions(args, { createOutput: () => {} });
  assert.deepEqual(parse(["--compat", "4", "-V"]), { prints: "version", program: AUSTIN4, value: null });
  assert.deepEqual(parse(["-V", "--compat", "4"]), { prints: "version", program: AUSTINP, value: null });
});

/** In their order of `--help`; what is not there yet is left out. */
const AUSTINS = {
  3: "binary children exposure full gc heap help interval kernel memory output pid pipe sleepless timeout usage " +
    "version where",
  4: "children cpu exposure full gc help interval memory native output pid pipe timeout usage version where",
};

Deno.test("OPTIONS tells Austin's from our own, which have no letters but for -q", () => {
  for (const compat of [3, 4] as const) {
    const names = OPTIONS.filter((option) => isAustins(option, compat)).map(({ long }) => long);
    assert.equal(names.sort().join(" "), AUSTINS[compat]);
  }
  for (const { long, short, versions } of OPTIONS) {
    if (versions?.length === 0) assert.equal(short, long === "quiet" ? "q" : null, long);
  }
});
