/**
 * The executable in a root made from Debian packages that has no Deno, no libunwind and no libbfd, and that cannot be
 * written to; and, from outside, a target in such a root.
 */

import assert from "node:assert/strict";
import { allUnpacked, PYTHONS as UNPACKED } from "../../tools/pythons.ts";
import { AUSTINP, austinp, type Outcome } from "../support/austinp.ts";
import { dumpedFrames, type Frame, toldFrames } from "../support/dumps.ts";
import type { Python } from "../support/pythons.ts";
import { fixture, patiently, Target } from "../support/target.ts";

/** Of glibc; Debian 11's roots are older than what the embedded libraries are built for. */
const OLDEST_SUITES = ["bullseye"];

const SEAL = new URL("../support/sealed_root.sh", import.meta.url).pathname;

/** What sealed.py writes. */
interface Report {
  /** Why a path cannot be written; null if it can. */
  readonly refusals: Readonly<Record<string, string | null>>;
  readonly stack: readonly Frame[];
  readonly where: Outcome;
  readonly attached: Outcome;
  readonly launched: Outcome;
  readonly left: readonly string[];
}

/** The roots to test in: those that tools/pythons.ts unpacked, plain builds only. */
function roots(): { name: string; root: string; executable: string }[] {
  return allUnpacked().flatMap(({ name, kind, extras, suite, executable }) =>
    kind === "release" && extras.length === 0 && !OLDEST_SUITES.includes(suite) && executable !== null
      ? [{ name, root: `${UNPACKED}/${name}/root`, executable }]
      : []
  );
}

/** What is needed of this machine, or why it is not there. */
function obstacle(): string | null {
  if (Deno.uid() !== 0) return "not root";
  const { success } = new Deno.Command("unshare", { args: ["--mount", "true"], stderr: "null" }).outputSync();
  return success ? null : "no mount namespaces";
}

/** A folder with the executable and the programs, to be mounted in the root. */
async function cargo(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  await Deno.copyFile(AUSTINP, `${path}/austinp`);
  for (const name of ["truth.py", "sealed.py"]) await Deno.copyFile(fixture(name), `${path}/${name}`);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Names of files below a root, as `find` has them. */
async function find(root: string, ...names: string[]): Promise<string[]> {
  const args = [root, ...names.flatMap((name, i) => i === 0 ? ["-name", name] : ["-o", "-name", name])];
  const { stdout } = await new Deno.Command("find", { args }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

/** The Python frames of each sample. */
function sampled(text: string): string[] {
  const samples = text.split("\n").filter((line) => /^P\d+;T/.test(line));
  return samples.map((sample) => {
    const frames = sample.slice(0, sample.lastIndexOf(" ")).split(";").slice(2);
    return frames.filter((frame) => !/^(native@|kernel:)/.test(frame)).join("\n");
  });
}

function assertRight(report: Report): void {
  const { stack, where, attached, launched } = report;
  const expected = stack.map(({ file, function: name, line }) => `${file}:${name}:${line}`).join("\n");
  assert.ok(stack.length >= 10);
  for (const { code, stderr } of [where, attached, launched]) assert.equal(code, 0, stderr);
  assert.deepEqual(
    dumpedFrames(where.stdout),
    stack.map(({ function: name, file, line }) => ({ function: name, file, line })),
  );
  assert.match(where.stdout, /^ +Py_RunMain /m);
  assert.match(where.stdout, /^ +qsort/m);
  assert.match(where.stdout, /hrtimer_nanosleep|do_syscall_64/);
  const stacks = sampled(attached.stdout);
  assert.ok(stacks.length > 10, `${stacks.length} samples`);
  for (const stack of stacks) assert.equal(stack, expected);
  // First it starts, warms up, and writes its stack; then it is where it is until it is ended.
  assert.equal(sampled(launched.stdout).at(-1), expected);
  for (const { stdout } of [attached, launched]) assert.match(stdout, /^# torn: 0\//m);
}

/** Registers a test for each of these roots. */
function testRoots(
  all: ReturnType<typeof roots>,
  claim: string,
  fn: (root: string, executable: string) => Promise<void>,
): void {
  const reason = obstacle();
  if (all.length === 0) {
    Deno.test({ name: `${claim} (skipped: no unpacked Python; deno task pythons)`, ignore: true, fn() {} });
  }
  for (const { name, root, executable } of all) {
    const skipped = reason === null ? "" : ` (skipped: ${reason})`;
    Deno.test({ name: `${claim}: ${name}${skipped}`, ignore: reason !== null, fn: () => fn(root, executable) });
  }
}

const ALL = roots();
// The age of the libraries may matter to the executable, the version of Python does not.
const ENDS = [...new Set([ALL.at(0), ALL.at(-1)])].filter((root) => root !== undefined);

testRoots(
  ENDS,
  "the executable works where nothing can be written and nothing is installed",
  async (root, executable) => {
    assert.deepEqual(await find(root, "deno*", "libunwind*", "libbfd*"), []);
    await using folder = await cargo();
    for (const options of [[], ["--tmp"]]) {
      const args = [root, folder.path, ...options, executable, "/mnt/sealed.py", ...options];
      const running = new Deno.Command(SEAL, { args, stdout: "piped", stderr: "piped" }).output();
      const { stdout, stderr } = await patiently(running, "a run in a sealed root");
      assert.equal(new TextDecoder().decode(stderr), "");
      const report: Report = JSON.parse(new TextDecoder().decode(stdout));
      for (const [path, reason] of Object.entries(report.refusals)) {
        if (path === "/tmp/file" && options.length > 0) assert.equal(reason, null);
        else assert.equal(reason, "Read-only file system", path);
      }
      assertRight(report);
      assert.deepEqual(report.left, []);
    }
  },
);

testRoots(ALL, "a target in a root of its own is dumped from outside", async (root, executable) => {
  await using folder = await cargo();
  const python = { path: executable } as Python;
  await using target = await Target.start(python, "/mnt/truth.py", { prefix: [SEAL, root, folder.path] });
  const { code, stdout, stderr } = await austinp(["-w", `${target.pid}`]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(dumpedFrames(stdout), toldFrames(target.ready));
  assert.match(stdout, /^ +Py_RunMain /m);
  assert.match(stdout, /^ +qsort/m);
});
