import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { scan } from "../../src/cli/getopt.ts";
import { help, tryText, usage, versionText } from "../../src/cli/help.ts";
import type { Option, TextKind } from "../../src/cli/option.ts";
import { isAustins, OPTIONS, optionsOf } from "../../src/cli/options.ts";
import { type Compat, type Program, programAt, shortName } from "../../src/cli/program.ts";
import { ArgpOracle, type Outcome } from "./argp_oracle.ts";

const COMMAND_LINES: readonly (readonly string[])[] = [
  // values attached and detached
  ["-i5ms", "-p", "3"],
  ["-i", "5ms"],
  ["--interval=5ms"],
  ["--interval", "5ms"],
  ["--interval="],
  ["-i", ""],
  ["-i=5"],
  ["-i", "-p"],
  ["--interval", "--pid"],
  ["-i", "--", "x"],
  ["--output=a=b"],
  ["-o", "-"],
  // combined letters
  ["-kp", "123"],
  ["-kp123"],
  ["-kPi", "300ms"],
  ["-si", "1ms"],
  ["-kw", "7"],
  ["-ik"],
  // repeated
  ["-i", "1", "-i", "2", "--interval=3"],
  // prefixes of long names
  ["--inter=5ms"],
  ["--i", "5"],
  ["--ker"],
  ["--pip"],
  ["--p", "3"],
  ["--p=3"],
  ["--h"],
  ["--"],
  ["--=3"],
  ["--usag"],
  ["--pid=1"],
  // where the options end
  ["-i", "1ms", "python3", "-c", "x", "-p", "3"],
  ["python3", "-k"],
  ["-", "-k"],
  ["-k", "--", "-p", "3"],
  ["--", "--", "x"],
  ["-k", "", "-s"],
  ["-k", "é", "-é"],
  // refused
  ["-b"],
  ["-kz"],
  ["-kzi"],
  ["--foo"],
  ["--foo=3"],
  ["--full"],
  ["-i"],
  ["-ki"],
  ["--interval"],
  ["--inter"],
  ["--kernel=3"],
  ["--ker=3"],
  ["--ker="],
  ["--help=3"],
  ["--Kernel"],
  ["--kernels"],
  ["-k=3"],
  ["-i", "1", "-z", "-i"],
  // act at once
  ["--help"],
  ["-k", "-?", "-z"],
  ["-kV"],
  ["--version", "--foo"],
  ["--usage"],
  ["-z", "--help"],
];

const PROGRAMS = ["austinp", "/opt/tools/austinp", "/opt/tools/austin", "./austin4", "renamed"].map(programAt);

for (const program of PROGRAMS) {
  Deno.test(`scan() splits command lines, and refuses them, as glibc's argp does, as ${program.path}`, async (t) => {
    using oracle = await ArgpOracle.create(program);
    if (oracle === null) return;
    for (const args of COMMAND_LINES) {
      await t.step(args.join(" "), async () => {
        const answer = await oracle.run(args);
        assert.deepEqual(asSet(scanAll(args, program, () => true)), asSet(answer));
      });
    }
  });
}

/**
 * Whether argp sets an option where its usage text is exactly as wide as the line goes by what is left in its buffer
 * from before (glibc, argp/argp-fmtstream.c: it looks one byte behind the text). There, line ends are not compared.
 */
function asSet<T extends { readonly stdout: string }>(answer: T): T {
  return {
    ...answer,
    stdout: answer.stdout.startsWith("Usage:") ? answer.stdout.replace(/\n {12}/g, " ") : answer.stdout,
  };
}

for (const compat of [3, 4] as const) {
  const program = { ...programAt("austinp"), compat };
  const has = (option: Option) => isAustins(option, compat);

  Deno.test(`scan() takes each abbreviation of Austin ${compat} as it does, whatever else there is`, async () => {
    using oracle = await ArgpOracle.create(program, has);
    if (oracle === null) return;
    let known = 0;
    for (const prefix of prefixes(program)) {
      const args = [`--${prefix}`, "1"];
      const answer = await oracle.run(args);
      if (answer.stderr.includes("unrecognized option")) continue;
      known++;
      if (isText(prefix, compat)) continue; // what it prints is compared above
      assert.deepEqual(scanAll(args, program, has), answer, prefix);
    }
    assert.ok(known > 50, `${known} abbreviations`);
  });
}

const ABBREVIATIONS: readonly (readonly [compat: Compat, word: string, meaning: string | null])[] = [
  [3, "--inter", "interval"],
  [3, "--pi", null],
  [3, "--pip", "pipe"],
  [3, "--he", null],
  [4, "--he", "help"],
  [3, "--hea", "heap"],
  [3, "--cp", "cpu"],
  [3, "--compa", "compat"],
  [3, "--no", null],
  [3, "--no-na", "no-native"],
];

Deno.test("scan() looks among the preferred options first, and then among all", () => {
  for (const [compat, word, meaning] of ABBREVIATIONS) {
    const prefers = (option: Option) => isAustins(option, compat);
    const first = () => [...scan([word, "1"], OPTIONS, { prefers })][0];
    if (meaning === null) assert.throws(first, /is ambiguous/);
    else assert.deepEqual("option" in first() && (first() as { option: Option }).option.long, meaning, word);
  }
});

Deno.test("scan() stops where its reader stops, so nothing after --help is looked at", () => {
  const seen: string[] = [];
  for (const item of scan(["-k", "--help", "--nonsense"], OPTIONS)) {
    if ("command" in item) break;
    seen.push(item.option.long);
    if (item.option.prints !== undefined) break;
  }
  assert.deepEqual(seen, ["kernel", "help"]);
});

/** All beginnings of all long names, each once. */
function prefixes(program: Program): Set<string> {
  const names = [...optionsOf(program).map(({ long }) => long)];
  return new Set(names.flatMap((name) => [...name].map((_, i) => name.slice(0, i + 1))));
}

/** Whether argp prints a text for it. */
function isText(prefix: string, compat: Compat): boolean {
  const meant = OPTIONS.filter((option) => isAustins(option, compat) && option.long.startsWith(prefix));
  return meant.length === 1 && meant[0].prints !== undefined;
}

/** Does with our scanner what the oracle does with argp. */
function scanAll(args: readonly string[], program: Program, prefers: (option: Option) => boolean): Outcome {
  const texts: Partial<Record<TextKind, (program: Program) => string>> = { help, usage, version: versionText };
  let stdout = "";
  try {
    for (const item of scan(args, optionsOf(program), { prefers })) {
      if ("command" in item) {
        for (const word of item.command) stdout += `command word [${word}]\n`;
      } else if (item.option.prints !== undefined && item.option.prints in texts) {
        return { code: 0, stdout: stdout + texts[item.option.prints]!(program), stderr: "" };
      } else {
        stdout += item.option.long + (item.value === null ? "" : ` [${item.value}]`) + "\n";
      }
    }
    return { code: 0, stdout, stderr: "" };
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return { code: 64, stdout, stderr: `${program.path}: ${error.message}\n${tryText(shortName(program))}` };
  }
}
