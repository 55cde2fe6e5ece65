import assert from "node:assert/strict";
import { failedTests, parseReport, replaceCases, summarize, type TestCase } from "../../tools/test.ts";

const PASSED = `<testcase name="a &gt; b" classname="./t.ts" time="0.026" line="30" col="6">\n</testcase>`;
const FAILED = `<testcase name="c">\n<failure message="no &amp; no">at x.ts:1</failure>\n</testcase>`;
const SKIPPED = `<testcase name="d">\n<skipped/>\n</testcase>`;

const TABLE: readonly [name: string, report: string, success: boolean, expected: string][] = [
  ["all kinds", PASSED + FAILED + PASSED + SKIPPED, false, "2 passed, 1 failed, 1 skipped"],
  ["no failure", PASSED + SKIPPED, true, "1 passed, 0 failed, 1 skipped"],
  ["a test file that does not load", PASSED, false, "1 passed, 1 failed, 0 skipped"],
  ["no test at all", "", true, "0 passed, 0 failed, 0 skipped"],
];

Deno.test("summarize() counts each test case once", async (t) => {
  for (const [name, report, success, expected] of TABLE) {
    await t.step(name, () => assert.equal(summarize(parseReport(report), success), expected));
  }
});

Deno.test("parseReport() tells what became of each case", () => {
  assert.deepEqual(parseReport(PASSED + FAILED), [
    { name: "a > b", file: "./t.ts", outcome: "passed", message: "" },
    { name: "c", file: "", outcome: "failed", message: "no & no" },
  ]);
});

function testCase(name: string, outcome: TestCase["outcome"], file = "a.ts"): TestCase {
  return { name, file, outcome, message: outcome === "failed" ? "why" : "" };
}

Deno.test("a test that is run again takes its steps with it", () => {
  const others = [testCase("t", "passed", "b.ts"), testCase("t > s > u", "failed", "b.ts"), testCase("tt", "failed")];
  const cases = [...others, testCase("t", "failed"), testCase("t > s", "failed"), testCase("t > r", "passed")];
  const failed = failedTests(cases);
  assert.deepEqual(failed.map(({ file, name }) => `${file} ${name}`), ["b.ts t > s > u", "a.ts tt", "a.ts t"]);
  assert.deepEqual(failed.map(({ message }) => message), ["why", "why", "s: why"]);
  const again = [testCase("t", "passed"), testCase("t > s", "passed")];
  assert.deepEqual(replaceCases(cases, [failed[2]], again), [...others, ...again]);
});
