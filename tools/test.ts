/**
 * Runs the tests and ends with one line to count by: `N passed, N failed, N skipped`, steps included. Above it stand
 * the tests that failed, by name.
 *
 *     deno run -A tools/test.ts [arguments of `deno test`]      by default all tests
 *
 * The tests watch real processes while the machine may be busy with others' work. When all are run, a few that fail are
 * therefore run once more, without the others; one that passes then counts as passed, and is listed all the same.
 *
 * Types are not checked here: `deno task lint` does that. Exits with 0 if each test passed in its last run.
 * @module
 */

/** One test or step of a JUnit report. */
export interface TestCase {
  /** A step's begins with its test's, and " > ". */
  name: string;
  /** Where it is defined; a test file has others define its own, too. */
  file: string;
  outcome: "passed" | "failed" | "skipped";
  /** The first line of what a failed one says. */
  message: string;
}

const ALL = "tests/";
/**
 * Tests that are as right on a busy machine: they do not measure time, nor how a program fares while it is sampled; or, the
 * soak, are to hold on any. Each row is run beside the others, and all other tests after them, by themselves.
 */
const AT_ONCE = [
  ["tests/faults/soak_test.ts"],
  ["tests/unwind/", "tests/tools/"],
  ["tests/input/", "tests/output/", "tests/python/", "tests/stack/", "tests/cli/"],
];
/** More failures than this are no noise. */
const RERUN_MAX = 5;
const RERUN = "passed only when run again";

/** The cases of a JUnit report as `deno test` writes it. */
export function parseReport(report: string): TestCase[] {
  return [...report.matchAll(/<testcase name="([^"]*)"(?: classname="([^"]*)")?[^>]*>(.*?)<\/testcase>/gs)]
    .map(([, name, file = "", body]) => ({
      name: unescape(name),
      file: unescape(file),
      outcome: /<(failure|error)\b/.test(body) ? "failed" : /<skipped\b/.test(body) ? "skipped" : "passed",
      message: unescape(/<(?:failure|error) message="([^"\n]*)/.exec(body)?.[1] ?? ""),
    }));
}

function unescape(text: string): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => entities[name]);
}

/** The failed tests, without their steps; what a failed step says is its test's message. */
export function failedTests(cases: readonly TestCase[]): TestCase[] {
  const failed = cases.filter(({ outcome }) => outcome === "failed");
  return failed.filter((one) => !failed.some((test) => isStepOf(one, test))).map((test) => {
    const step = failed.find((one) => isStepOf(one, test));
    return step ? { ...test, message: `${step.name.slice(test.name.length + 3)}: ${step.message}` } : test;
  });
}

function isStepOf(one: TestCase, test: TestCase): boolean {
  return one.file === test.file && one.name.startsWith(`${test.name} > `);
}

function isOf(one: TestCase, test: TestCase): boolean {
  return one.file === test.file && (one.name === test.name || isStepOf(one, test));
}

/** The cases with those of some tests, and their steps, as they came out when these were run again. */
export function replaceCases(
  cases: readonly TestCase[],
  tests: readonly TestCase[],
  again: readonly TestCase[],
): TestCase[] {
  return [...cases.filter((one) => !tests.some((test) => isOf(one, test))), ...again];
}

/** The line to count by; a failure outside of any case counts as one. */
export function summarize(cases: readonly TestCase[], success: boolean): string {
  const count = (outcome: string) => cases.filter((one) => one.outcome === outcome).length;
  const failed = success ? count("failed") : Math.max(count("failed"), 1);
  return `${count("passed")} passed, ${failed} failed, ${count("skipped")} skipped`;
}

/** What came of a run of tests. */
interface Result {
  readonly cases: readonly TestCase[];
  readonly success: boolean;
}

/** Runs tests; with `beside`, what they print comes when they have ended, so that others can print meanwhile. */
async function runTests(args: readonly string[], { beside = false } = {}): Promise<Result> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    // Ctrl-C reaches the tests too; they end, and so do we.
    const command = ["test", "--allow-all", "--no-check", `--junit-path=${report}`, ...args];
    const output = beside ? "piped" : "inherit";
    const child = new Deno.Command(Deno.execPath(), { args: command, stdout: output, stderr: output }).spawn();
    if (beside) {
      console.log((await Promise.all([child.stdout, child.stderr].map((end) => new Response(end).text()))).join(""));
    }
    const { success } = await child.status;
    return { cases: parseReport(await Deno.readTextFile(report)), success };
  } finally {
    await Deno.remove(report);
  }
}

async function runAll(): Promise<Result> {
  const results = await Promise.all(AT_ONCE.map((tests) => runTests(tests, { beside: true })));
  results.push(await runTests([`--ignore=${AT_ONCE.flat()}`, ALL]));
  return { cases: results.flatMap(({ cases }) => cases), success: results.every(({ success }) => success) };
}

/**
 * Runs these tests again. All files are loaded for it, since a report says where a test is defined and not which file has
 * it; so one that cannot be loaded, which is in no report, fails again too.
 */
async function runAgain(tests: readonly TestCase[]): Promise<Result> {
  console.log(["once more:", ...tests.map(({ file, name }) => `${file}: ${name}`)].join("\n"));
  const names = tests.map(({ name }) => name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  const { cases, success } = await runTests([`--filter=/^(${names.join("|")})$/`, ALL]);
  // The others are in the report as skipped.
  return { cases: cases.filter((one) => tests.some((test) => isOf(one, test))), success };
}

async function main(args: readonly string[]): Promise<boolean> {
  let { cases, success } = args.length > 0 ? await runTests(args) : await runAll();
  const failed = failedTests(cases);
  const lines: string[] = [];
  const list = (what: string, { file, name, message }: TestCase) => lines.push(`${what}: ${file}: ${name}: ${message}`);
  if (args.length === 0 && failed.length > 0 && failed.length <= RERUN_MAX) {
    const again = await runAgain(failed);
    success = again.success && failed.every((test) => again.cases.some((one) => isOf(one, test)));
    cases = replaceCases(cases, failed, again.cases);
    for (const test of failed) {
      if (!again.cases.some((one) => isOf(one, test) && one.outcome === "failed")) list(RERUN, test);
    }
  }
  const still = failedTests(cases);
  for (const test of still) list("failed", test);
  console.log([...lines, summarize(cases, success)].join("\n"));
  return success && still.length === 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args) ? 0 : 1);
