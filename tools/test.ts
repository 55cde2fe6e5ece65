/**
 * Runs the tests and ends with one line to count by: `N passed, N failed, N skipped`, steps included.
 *
 *     deno run -A tools/test.ts [arguments of `deno test`, by default tests/]
 *
 * Exits as `deno test` does.
 * @module
 */

/** Counts the test cases of a JUnit report; a failure outside of any case counts as one. */
export function summarize(report: string, success: boolean): string {
  const cases = report.match(/<testcase .*?<\/testcase>/gs) ?? [];
  const failed = cases.filter((text) => /<(failure|error)\b/.test(text)).length;
  const skipped = cases.filter((text) => /<skipped\b/.test(text)).length;
  const passed = cases.length - failed - skipped;
  return `${passed} passed, ${success ? failed : Math.max(failed, 1)} failed, ${skipped} skipped`;
}

if (import.meta.main) {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const args = ["test", "--allow-all", `--junit-path=${report}`, ...(Deno.args.length > 0 ? Deno.args : ["tests/"])];
  // Ctrl-C reaches the tests too; they end, and so do we.
  const { code, success } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
  console.log(summarize(await Deno.readTextFile(report), success));
  await Deno.remove(report);
  Deno.exit(code);
}
