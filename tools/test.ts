/**
 * Runs the tests and ends with one line to count by: `N passed, N failed, N skipped`, steps included. Above it stand
 * the tests that failed, by name.
 *
 *     deno run -A tools/test.ts [arguments of `deno test`, by default tests/]
 *
 * The tests watch real processes while the machine may be busy with others' work. When all are run, a few that fail are
 * therefore run once more, each on its own; one that passes then counts as passed, and is listed all the same.
 *
 * Exits with 0 if each test passed in its last run.
 * @module
 */

/** One test or step of a JUnit report. */
export interface TestCase {
  /** A step's begins with its test's, and " > ". */
  name: string;
  file: string;
  outcome: "passed" | "failed" | "skipped";
  /** The first line of what a failed one says. */
  message: string;
}

/** More failures than this are no noise. */
const RERUN_MAX = 5;

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

/** The cases with a test's, and its steps', as they came out when it was run again. */
export function replaceCases(cases: readonly TestCase[], test: TestCase, again: readonly TestCase[]): TestCase[] {
  const others = cases.filter((one) => one.file !== test.file || (one.name !== test.name && !isStepOf(one, test)));
  return [...others, ...again];
}

/** The line to count by; a failure outside of any case counts as one. */
export function summarize(cases: readonly TestCase[], success: boolean): string {
  const count = (outcome: string) => cases.filter((one) => one.outcome === outcome).length;
  const failed = success ? count("failed") : Math.max(count("failed"), 1);
  return `${count("passed")} passed, ${failed} failed, ${count("skipped")} skipped`;
}

async function runTests(args: readonly string[]): Promise<{ cases: TestCase[]; success: boolean }> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    // Ctrl-C reaches the tests too; they end, and so do we.
    const command = ["test", "--allow-all", `--junit-path=${report}`, ...args];
    const { success } = await new Deno.Command(Deno.execPath(), { args: command }).spawn().status;
    return { cases: parseReport(await Deno.readTextFile(report)), success };
  } finally {
    await Deno.remove(report);
  }
}

/** Runs one test of a report by itself. */
async function runAgain(test: TestCase): Promise<{ cases: TestCase[]; success: boolean }> {
  console.log(`once more: ${test.file}: ${test.name}`);
  const name = test.name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const { cases, success } = await runTests(["--no-check", `--filter=/^${name}$/`, test.file]);
  // The others of its file are in the report as skipped.
  const its = cases.filter((one) => one.name === test.name || isStepOf(one, test));
  return { cases: its, success: success && its.length > 0 };
}

/** Whether each test file is in the report: one that cannot be loaded is not, and fails in no case. */
function haveAllRun(cases: readonly TestCase[]): boolean {
  const files = new Set(cases.map(({ file }) => file));
  const inFolder = (folder: string): boolean =>
    [...Deno.readDirSync(folder)].every(({ name, isDirectory }) => {
      const path = `${folder}/${name}`;
      return isDirectory ? inFolder(path) : !name.endsWith("_test.ts") || files.has(path);
    });
  return inFolder("./tests");
}

async function main(args: readonly string[]): Promise<boolean> {
  let { cases, success } = await runTests(args.length > 0 ? args : ["tests/"]);
  const failed = failedTests(cases);
  const lines: string[] = [];
  const list = (what: string, { file, name, message }: TestCase) => lines.push(`${what}: ${file}: ${name}: ${message}`);
  if (args.length === 0 && failed.length > 0 && failed.length <= RERUN_MAX && haveAllRun(cases)) {
    success = true;
    for (const test of failed) {
      const again = await runAgain(test);
      cases = replaceCases(cases, test, again.cases);
      success &&= again.success;
      if (again.success) list("passed only when run again", test);
    }
  }
  for (const test of failedTests(cases)) list("failed", test);
  console.log([...lines, summarize(cases, success)].join("\n"));
  return success;
}

if (import.meta.main) Deno.exit(await main(Deno.args) ? 0 : 1);
