/**
 * The executable's command line: every form that Austin's takes is taken, and what it refuses is refused as it does.
 * A form is known to be taken when the run gets as far as the process or the command, which is not there.
 */

import assert from "node:assert/strict";
import { austinp, type Outcome, TemporaryFolder } from "../support/austinp.ts";

/** Above pid_max, which is at most 2^22. */
const NOBODY = "4194999";
const ABSENT = "/nonexistent/command";

/** Options as they are written, before a process or a command. */
const TAKEN: readonly (readonly string[])[] = [
  ["-i5ms"],
  ["-i", "5ms"],
  ["--interval=5ms"],
  ["--interval", "5ms"],
  ["--inter=5ms"],
  ["--i", "5ms"],
  ["-i", "0"],
  ["-i", "100us"],
  ["-i", "2s"],
  ["-i", " +7"],
  ["-i", "\t7ms"],
  ["-t", "10"],
  ["-t", "10s"],
  ["-t", "10ms"],
  ["-t", "10us"],
  ["--time", "5"],
  ["-x", "0"],
  ["-x", "3"],
  ["-x", "3s"],
  ["--exp=3"],
  ["-h", "0"],
  ["-h64"],
  ["--hea", "64"],
  ["-b"],
  ["--bin"],
  ["-k"],
  ["--k"],
  ["-P"],
  ["--pip"],
  ["-s"],
  ["--s"],
  ["-bPs"],
  ["-bPi", "300ms"],
  ["-bkPsi300ms"],
  ["-si", "1ms"],
  ["-i", "1", "-i", "2", "--interval", "3"],
  ["-g"],
  ["--g"],
  ["-m"],
  ["--mem"],
  ["-f"],
  ["--f"],
  ["-fgmsPi", "1s"],
  // Austin 4's
  ["-c"],
  ["--cpu"],
  ["-n"],
  ["--native"],
  ["-cnP", "-x", "3s"],
  // ours
  ["--compat", "3"],
  ["--compat=4"],
  ["--mojo", "4"],
];

Deno.test("options are taken before a process to sample, to print, and before a command", async () => {
  // All at once, since the last of several counts and a start takes long: what is refused is named.
  const options = TAKEN.flat();
  const attached = await austinp([...options, "-p", NOBODY]);
  assertSaid(attached, { code: 36, words: "Cannot attach" });
  const dumped = await austinp([...options, "-w", NOBODY]);
  assertSaid(dumped, { code: 36, words: "Cannot attach" });
  const launched = await austinp([...options, ABSENT, "-p", "3", "--nonsense"]);
  assertSaid(launched, { code: 33, words: "Cannot launch" });
});

const ENDED: readonly (readonly [args: readonly string[], code: number, words: string])[] = [
  [["-kp", NOBODY], 36, "Cannot attach"],
  [["-skw", NOBODY], 36, "Cannot attach"],
  [[`--pid=${NOBODY}`], 36, "Cannot attach"],
  [["--w", NOBODY], 36, "Cannot attach"],
  [["-w", "1", "-p", NOBODY], 36, "Cannot attach"],
  [["--no-native", "-p", NOBODY], 36, "Cannot attach"],
  [["-i", "1ms", "--", ABSENT], 33, "Cannot launch"],
  [["--", "-k"], 33, "Cannot launch"],
  [["-k", "-"], 33, "Cannot launch"],
  [["true"], 33, "too quickly"],
  [["false", "--help"], 33, "too quickly"],
];

Deno.test("letters combine, values are attached or not, and the command ends the options", async (t) => {
  for (const [args, code, words] of ENDED) {
    await t.step(args.join(" "), async () => assertSaid(await austinp(args), { code, words }));
  }
});

const REFUSED: readonly (readonly [args: readonly string[], words: string])[] = [
  [["-z"], "invalid option -- 'z'"],
  [["--nonsense"], "unrecognized option '--nonsense'"],
  [["--p", "3"], "option '--p' is ambiguous; possibilities: '--pid' '--pipe'"],
  [["--he"], "option '--he' is ambiguous; possibilities: '--heap' '--help'"],
  [["-i"], "option requires an argument -- 'i'"],
  [["--interval"], "option '--interval' requires an argument"],
  [["--ker=3"], "option '--kernel' doesn't allow an argument"],
  [["-i", "10ns"], "the sampling interval must be a positive integer"],
  [["-t", "-1"], "the timeout must be a positive integer"],
  [["-x", "abc"], "the exposure must be a positive integer"],
  [["-h", "64M"], "the heap size must be a positive integer"],
  [["-p", "0"], "invalid PID"],
  [["-w", "4294967297"], "invalid PID"],
  [["-p", NOBODY, "python3"], "is incompatible with the command"],
  [["-w", NOBODY, "python3"], "is incompatible with the command"],
  [["--compat", "5"], "must be 3 or 4"],
  [["--completion", "csh"], "must be bash, zsh or fish"],
];

Deno.test("malformed command lines are refused in two lines, with 64", async (t) => {
  for (const [args, words] of REFUSED) {
    await t.step(JSON.stringify(args.join(" ")), async () => {
      const { code, stdout, stderr } = await austinp(args);
      assert.deepEqual([code, stdout], [64, ""]);
      assert.match(
        stderr,
        /^[^\n]*austinp: [^\n]+\nTry `austinp --help' or `austinp --usage' for more information\.\n$/,
      );
      assert.ok(stderr.includes(words), stderr);
    });
  }
});

const PRINTED: readonly (readonly [args: readonly string[], start: RegExp])[] = [
  [[], /^Usage: austinp \[OPTION\.\.\.\] command \[ARG\.\.\.\]\n/],
  [["--help"], /^Usage: austinp \[OPTION\.\.\.\] command \[ARG\.\.\.\]\n.*^Report bugs to /sm],
  [["-k", "--hel", "--nonsense"], /^Usage: austinp /],
  [["--usage", "-i", "abc"], /^Usage: austinp \[-/],
  [["--version"], /^austinp 3\.7\.0\n$/],
  [["-kV", "--nonsense"], /^austinp 3\.7\.0\n$/],
  [["--compat", "4", "--version"], /^austinp 4\.1\.0\n$/],
  [["--man"], /^\.TH AUSTINP 1 /],
  [["--completion", "bash"], /^# Completion of austinp for bash/],
];

Deno.test("texts go to standard output at once, whatever follows", async (t) => {
  for (const [args, start] of PRINTED) {
    await t.step(args.join(" ") || "no arguments", async () => {
      const { code, stdout, stderr } = await austinp(args);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, start);
    });
  }
});

Deno.test("neither a command nor a process is 255", async (t) => {
  for (const args of [["-i", "1ms"], ["-k"], ["--"]]) {
    await t.step(
      args.join(" "),
      async () => assertSaid(await austinp(args), { code: 255, words: "nothing to sample" }),
    );
  }
});

Deno.test("an output file is opened in its turn, and said not to be on standard output", async () => {
  using folder = new TemporaryFolder();
  const [file, other] = [folder.file("samples"), folder.file("other")];
  await Deno.writeTextFile(file, "old");
  assert.equal((await austinp(["-o", file, "-i", "abc", "-o", other, "-p", NOBODY])).code, 64);
  assert.equal(await Deno.readTextFile(file), "");
  await assert.rejects(Deno.stat(other), Deno.errors.NotFound);

  const { code, stdout, stderr } = await austinp(["-o", `${folder.path}/none/x`, "-i", "abc", "-p", NOBODY]);
  assert.deepEqual([code, stderr], [255, ""]);
  assert.match(stdout, /^austinp: Cannot create the output file [^\n]+\n$/);
});

/** One line on standard error, and nothing on standard output. */
function assertSaid({ code, stdout, stderr }: Outcome, expected: { code: number; words: string }): void {
  assert.deepEqual([code, stdout], [expected.code, ""], stderr);
  assert.match(stderr, /^austinp: [^\n]+\n$/);
  assert.ok(stderr.includes(expected.words), stderr);
}
