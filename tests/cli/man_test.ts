import assert from "node:assert/strict";
import {
  EXIT_CHECK_FAILED,
  EXIT_CODES,
  EXIT_FAILURE,
  EXIT_INTERNAL,
  EXIT_LIMIT_EXCEEDED,
  EXIT_SIGNAL,
} from "../../src/cli/exit_codes.ts";
import { EXIT_STATUS, manPage } from "../../src/cli/man.ts";
import { OPTIONS } from "../../src/cli/options.ts";
import { programAt } from "../../src/cli/program.ts";
import { assertGolden } from "../output/golden.ts";
import { hasShell } from "../support/shells.ts";

const AUSTINP = programAt("austinp");

Deno.test("manPage() has every option", () => {
  const page = manPage(AUSTINP);
  assertGolden("austinp.1", page);
  for (const { long } of OPTIONS) assert.ok(page.includes(`\\fB\\-\\-${long.replaceAll("-", "\\-")}`), long);
});

Deno.test("manPage() has the name, the options and the defaults of the program", () => {
  assert.match(manPage(programAt("/opt/austin4")), /^\.TH AUSTIN4 1 "" "austinp 4\.1\.0".*default: 3s/s);
  assert.doesNotMatch(manPage(programAt("austin")), /kernel=?\\fR/);
});

Deno.test("manPage() tells every exit code", () => {
  const codes = [
    ...[0, EXIT_CHECK_FAILED, EXIT_FAILURE, EXIT_INTERNAL, EXIT_LIMIT_EXCEEDED],
    ...Object.values(EXIT_SIGNAL),
    ...EXIT_CODES.map(([, code]) => code),
  ];
  assert.deepEqual(EXIT_STATUS.map(([code]) => code), [...new Set(codes)].sort((a, b) => a - b));
});

const FORMATTERS = [["groff", "-man", "-ww", "-Tutf8"], ["mandoc", "-Tlint", "-Wwarning"]];

for (const [formatter, ...args] of FORMATTERS) {
  const reason = await hasShell(formatter) ? "" : ` (skipped: no ${formatter})`;
  Deno.test({
    name: `manPage() is faultless to ${formatter}${reason}`,
    ignore: reason !== "",
    fn: async () => {
      const child = new Deno.Command(formatter, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(manPage(AUSTINP)));
      await writer.close();
      const { stdout, stderr } = await child.output();
      const said = new TextDecoder().decode(formatter === "groff" ? stderr : stdout);
      // The page is the same whenever it is made, so it has no date.
      assert.deepEqual(said.split("\n").filter((line) => line !== "" && !line.includes("missing date")), []);
    },
  });
}
