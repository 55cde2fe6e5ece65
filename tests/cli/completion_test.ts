import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { completionText } from "../../src/cli/completion.ts";
import type { Shell } from "../../src/cli/option.ts";
import { OPTIONS, optionsOf } from "../../src/cli/options.ts";
import { programAt } from "../../src/cli/program.ts";
import { assertGolden } from "../output/golden.ts";
import { TemporaryFolder } from "../support/austinp.ts";
import { bashCompletes, type Complete, fishCompletes, hasShell, zshCompletes } from "../support/shells.ts";

const AUSTINP = programAt("/usr/bin/austinp");
const COMPLETES: Readonly<Record<Shell, (script: string) => Complete>> = {
  bash: bashCompletes,
  fish: fishCompletes,
  zsh: zshCompletes,
};
const SHELLS = Object.keys(COMPLETES) as Shell[];

/** Without what the shells add each in its way: the `=` of an option with a value, and the folder. */
const LINES: readonly (readonly [line: string, words: readonly string[]])[] = [
  ["austinp --com", ["--compat", "--completion"]],
  ["/usr/bin/austinp --inte", ["--interval"]],
  ["austinp -k --comple", ["--completion"]],
  ["austinp --ker", ["--kernel"]],
  ["austin4 --ker", ["--kernel"]],
  ["austin --ker", []],
  ["austinp --mojo ", ["3", "4"]],
  ["austinp --mojo=", ["3", "4"]],
  ["austinp --completion z", ["zsh"]],
  ["austinp -o /etc/passw", ["passwd"]],
  ["austinp -ko /etc/passw", ["passwd"]],
  ["austinp -i 1ms cat /etc/passw", ["passwd"]],
  ["austinp -i1ms cat /etc/passw", ["passwd"]],
  ["austinp -i 1ms -- cat /etc/passw", ["passwd"]],
  [`austinp -p ${Deno.pid}`, [`${Deno.pid}`]],
  [`austinp -w ${Deno.pid}`, [`${Deno.pid}`]],
  ["austinp mkf", ["mkfifo"]],
  ["austinp -k mkf", ["mkfifo"]],
  ["austinp --interval 5ms mkf", ["mkfifo"]],
  ["austinp true --com", []],
];

for (const shell of SHELLS) {
  const reason = await hasShell(shell) ? "" : ` (skipped: no ${shell})`;

  Deno.test(`completionText() for ${shell} has every option`, () => {
    const text = completionText(AUSTINP, shell);
    assertGolden(`completion.${shell}`, text);
    for (const { long } of OPTIONS) assert.match(text, new RegExp(`\\b${long}\\b`));
  });

  Deno.test({
    name: `completionText() makes ${shell} complete options, values and the command${reason}`,
    ignore: reason !== "",
    fn: async (t) => {
      using folder = new TemporaryFolder();
      const script = folder.file("script");
      Deno.writeTextFileSync(script, completionText(AUSTINP, shell));
      const complete = COMPLETES[shell](script);
      for (const [line, words] of LINES) {
        await t.step(line, async () => {
          const found = (await complete(line)).map((word) => word.replace(/^.*\/|^--mojo=(?=.)|=$/g, ""));
          // mkfs and passwd- may be there or not.
          const relevant = found.filter((word) => words.includes(word) || !/^(mkf|passwd|\d)/.test(word));
          assert.deepEqual([...new Set(relevant)], words);
        });
      }
    },
  });
}

Deno.test("completionText() knows the program by what it was started as too", () => {
  for (const shell of SHELLS) assert.match(completionText(programAt("/opt/py-sampler"), shell), /\bpy-sampler\b/);
});

Deno.test("completionText() for zsh says what each option does", () => {
  const text = completionText(AUSTINP, "zsh");
  assert.match(text, /default\\: 10ms/);
  assert.match(text, /default\\: 100us/);
  assert.equal(text.match(/--interval=/g)?.length, 3);
  assert.ok(optionsOf(AUSTINP).length > optionsOf(programAt("austin")).length);
});

Deno.test("completionText() refuses shells that it does not know", () => {
  for (const shell of ["csh", "", null, "toString"]) {
    assert.throws(() => completionText(AUSTINP, shell), (error) => {
      return error instanceof UsageError &&
        error.message.startsWith("the shell of --completion must be bash, zsh or fish, not");
    });
  }
});
