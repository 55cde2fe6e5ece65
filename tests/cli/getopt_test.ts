import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { scan } from "../../src/cli/getopt.ts";
import { help, PROGRAM, TRY, usage, versionText } from "../../src/cli/help.ts";
import { OPTIONS } from "../../src/cli/options.ts";
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

Deno.test("scan() splits command lines, and refuses them, as glibc's argp does", async (t) => {
  using oracle = await ArgpOracle.create();
  if (oracle === null) return;
  for (const args of COMMAND_LINES) {
    await t.step(args.join(" "), async () => {
      assert.deepEqual(scanAll(args), await oracle.run(args));
    });
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

/** Does with our scanner what the oracle does with argp. */
function scanAll(args: readonly string[]): Outcome {
  const texts = { help: () => help(OPTIONS), usage: () => usage(OPTIONS), version: versionText };
  let stdout = "";
  try {
    for (const item of scan(args, OPTIONS)) {
      if ("command" in item) {
        for (const word of item.command) stdout += `command word [${word}]\n`;
      } else if (item.option.prints !== undefined) {
        return { code: 0, stdout: stdout + texts[item.option.prints](), stderr: "" };
      } else {
        stdout += item.option.long + (item.value === null ? "" : ` [${item.value}]`) + "\n";
      }
    }
    return { code: 0, stdout, stderr: "" };
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return { code: 64, stdout, stderr: `${PROGRAM}: ${error.message}\n${TRY}` };
  }
}
