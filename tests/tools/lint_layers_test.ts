import assert from "node:assert/strict";
import plugin from "../../tools/lint_layers.ts";

const TABLE: readonly [file: string, source: string, expected: RegExp | null][] = [
  ["src/cli/main.ts", `import { a } from "../sampler.ts";`, null],
  ["src/cli/main.ts", `import { a } from "./options.ts";`, null],
  ["src/cli/main.ts", `import { a } from "../std/async.ts";`, null],
  ["src/sampler.ts", `import { a } from "./ffi/session.ts";`, null],
  ["src/unwind/symbols/elf.ts", `import { a } from "../../ffi/unwinder.ts";`, null],
  ["src/unwind/symbols/elf.ts", `import { a } from "../elf.ts";`, null],
  ["src/ffi/library.ts", `import type { Address } from "../types.ts";`, null],
  ["src/errors.ts", `import type { Pid } from "./types.ts";`, null],
  ["src/output/mojo.ts", `import assert from "node:assert"; import "@std/fmt/colors";`, null],
  ["mod.ts", `import { main } from "./src/cli/main.ts";`, null],
  ["tests/cli/main_test.ts", `import { a } from "../../src/ffi/session.ts";`, null],

  ["src/python/frames.ts", `import { a } from "../stack/merge.ts";`, /python and stack are neighbours/],
  ["src/python/frames.ts", `import type { A } from "../stack/merge.ts";`, /neighbours/],
  ["src/python/frames.ts", `export * from "../stack/merge.ts";`, /neighbours/],
  ["src/python/frames.ts", `export { a } from "../stack/merge.ts";`, /neighbours/],
  ["src/python/frames.ts", `const a = await import("../stack/merge.ts");`, /neighbours/],
  ["src/input/mojo.ts", `import { a } from "../output/text.ts";`, /input and output are neighbours/],
  ["src/output/mojo.ts", `import { a } from "../ffi/session.ts";`, /only unwind and sampler import ffi/],
  ["src/cli/main.ts", `import { a } from "../ffi/session.ts";`, /only unwind and sampler import ffi/],
  ["src/ffi/session.ts", `import { a } from "../sampler.ts";`, /ffi is below sampler/],
  ["src/types.ts", `import { a } from "./errors.ts";`, /types is below errors/],
  ["src/stack/merge.ts", `import { a } from "../../mod.ts";`, /nothing outside/],
  ["src/shiny/new.ts", `import { a } from "../types.ts";`, /"shiny" has no tier/],
];

Deno.test("lint_layers lets imports point down only", async (t) => {
  for (const [file, source, expected] of TABLE) {
    await t.step(`${file}: ${source}`, () => {
      const messages = Deno.lint.runPlugin(plugin, `/checkout/${file}`, source).map((diagnostic) => diagnostic.message);
      if (expected === null) assert.deepEqual(messages, []);
      else assert.ok(messages.length === 1 && expected.test(messages[0]), `reported: ${messages}`);
    });
  }
});
