import assert from "node:assert/strict";
import { help, shortUsage, usage, versionText } from "../../src/cli/help.ts";
import { programAt } from "../../src/cli/program.ts";
import { assertGolden } from "../output/golden.ts";

// That the layout is argp's is tested in getopt_test.ts.

const AUSTINP = programAt("/usr/bin/austinp");
const AUSTIN = programAt("austin");
const AUSTIN4 = programAt("./austin4");

Deno.test("help() explains every option", () => assertGolden("help.txt", help(AUSTINP)));

Deno.test("usage() names every option", () => assertGolden("usage.txt", usage(AUSTINP)));

Deno.test("help() has the name, the options and the defaults of the program", () => {
  assert.match(help(AUSTINP), /^Usage: austinp .*default: 10ms.*-k, --kernel.*default: 1s/s);
  assert.match(help(AUSTIN), /^Usage: austin .*default: 100us.*default: 1s/s);
  assert.doesNotMatch(help(AUSTIN) + usage(AUSTIN), /-k|--kernel/);
  assert.match(help(AUSTIN4), /^Usage: austin4 .*default: 10ms.*default: 3s/s);
});

Deno.test("help() and usage() keep within 79 columns", () => {
  for (const line of (help(AUSTINP) + usage(AUSTINP)).split("\n")) assert.ok(line.length < 80, line);
});

Deno.test("shortUsage() names the three forms", () => {
  assert.equal(
    shortUsage("austinp"),
    "Usage: austinp [OPTION...] command [ARG...]\n" +
      "  or:  austinp [OPTION...] -p PID\n" +
      "  or:  austinp [OPTION...] -w PID\n",
  );
});

Deno.test("versionText() is Austin's, which clients read", () => {
  assert.equal(versionText(AUSTINP), "austinp 3.7.0\n");
  assert.equal(versionText(AUSTIN), "austin 3.7.0\n");
  assert.equal(versionText(AUSTIN4), "austinp 4.1.0\n");
});
