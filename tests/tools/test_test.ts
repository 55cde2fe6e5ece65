import assert from "node:assert/strict";
import { summarize } from "../../tools/test.ts";

const PASSED = `<testcase name="a &gt; b" time="0.026" line="30" col="6">\n</testcase>`;
const FAILED = `<testcase name="c">\n<failure message="no">at x.ts:1</failure>\n</testcase>`;
const SKIPPED = `<testcase name="d">\n<skipped/>\n</testcase>`;

const TABLE: readonly [name: string, report: string, success: boolean, expected: string][] = [
  ["all kinds", PASSED + FAILED + PASSED + SKIPPED, false, "2 passed, 1 failed, 1 skipped"],
  ["no failure", PASSED + SKIPPED, true, "1 passed, 0 failed, 1 skipped"],
  ["a test file that does not load", PASSED, false, "1 passed, 1 failed, 0 skipped"],
  ["no test at all", "", true, "0 passed, 0 failed, 0 skipped"],
];

Deno.test("summarize() counts each test case once", async (t) => {
  for (const [name, report, success, expected] of TABLE) {
    await t.step(name, () => assert.equal(summarize(report, success), expected));
  }
});
