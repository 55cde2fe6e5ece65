/**
 * Damaged debug information, given to libbfd as it is given the debug files of any program: whatever becomes of its
 * reader, this process gets an answer or none, soon, and says why there is none.
 * @module
 */

import assert from "node:assert/strict";
import { LineTable } from "../../../src/unwind/lines/line_table.ts";
import { type CountedKind, Outcomes } from "../../support/fuzz_kind.ts";
import { damage } from "../fuzz.ts";
import { elfOfBytes, temporaryFolder } from "../support.ts";
import { codeAddresses, compile } from "./corpus.ts";

const ADDRESSES = 12;
/** A reader that hangs is given up after this, and then no case may take much longer. */
const TIMEOUT_MS = 2_000;
const PATIENCE_MS = 60_000;
const BUILDS: readonly (readonly string[])[] = [["-gdwarf-5"], ["-gdwarf-4"], ["-gz=zlib"], ["-fdebug-types-section"]];
const EXPECTED = /takes too long|libbfd crashes|Cannot read source lines/;
const TOLD = /its debug information is malformed/;

/** `.debug_*`. */
export const LINES: CountedKind = {
  name: "lines",
  async run(cases, random) {
    using folder = temporaryFolder();
    const programs = BUILDS.map((flags) => {
      const path = compile(folder.path, "shapes.cc", flags);
      const bytes = Deno.readFileSync(path);
      const sections = elfOfBytes(bytes).sections.filter(({ name }) => name.startsWith(".debug_"));
      const all = codeAddresses(path, 64);
      return {
        bytes,
        // The header of each unit, and what is in them.
        places: sections.flatMap((
          { offset, size },
        ) => [offset, offset + random.below(size), offset + random.below(size)]),
        addresses: Array.from({ length: ADDRESSES }, () => random.pick(all)),
      };
    });
    const outcomes = new Outcomes();
    const path = `${folder.path}/damaged`;
    for (let i = 0; i < cases; i++) {
      const { bytes, places, addresses } = random.pick(programs);
      const copy = bytes.slice();
      const done = damage(copy, places, random);
      Deno.writeFileSync(path, copy);
      const messages: string[] = [];
      const start = performance.now();
      using table = new LineTable({ path, alternate: null }, {
        name: "damaged",
        warn: (message) => messages.push(message),
        timeoutMs: TIMEOUT_MS,
      });
      await table.load(addresses);
      const took = performance.now() - start;
      const what = `debug information with ${done.join(", ")}`;
      assert.ok(took < PATIENCE_MS, `${took} ms for ${what}`);
      for (const kind of [EXPECTED, TOLD]) {
        assert.ok(messages.filter((message) => kind.test(message)).length <= 1, `${messages} for ${what}`);
      }
      const unexpected = messages.filter((message) => !EXPECTED.test(message) && !TOLD.test(message));
      assert.deepEqual(unexpected, [], what);
      const isAnswered = addresses.some((address) => table.at(address).length > 0);
      outcomes.add(EXPECTED.exec(messages.join())?.[0] ?? (isAnswered ? "lines" : "no lines"));
      if (TOLD.test(messages.join())) outcomes.add("told");
    }
    return outcomes;
  },
};
