import assert from "node:assert/strict";
import { help, shortUsage, usage, versionText } from "../../src/cli/help.ts";
import { OPTIONS } from "../../src/cli/options.ts";
import { assertGolden } from "../output/golden.ts";

// That the layout is argp's is tested in getopt_test.ts.

Deno.test("help() explains every option", () => assertGolden("help.txt", help(OPTIONS)));

Deno.test("usage() names every option", () => assertGolden("usage.txt", usage(OPTIONS)));

Deno.test("help() and usage() keep within 79 columns", () => {
  for (const line of (help(OPTIONS) + usage(OPTIONS)).split("\n")) assert.ok(line.length < 80, line);
});

Deno.test("shortUsage() names the three forms", () => {
  assert.equal(
    shortUsage(),
    "Usage: austinp [OPTION...] command [ARG...]\n" +
      "  or:  austinp [OPTION...] -p PID\n" +
      "  or:  austinp [OPTION...] -w PID\n",
  );
});

Deno.test("versionText() is Austin's, which clients read", () => assert.equal(versionText(), "austinp 3.7.0\n"));
