import assert from "node:assert/strict";
import { progressText, statisticsText } from "../../src/output/statistics.ts";
import type { Statistics } from "../../src/types.ts";
import { timeText } from "../../src/output/text.ts";
import { assertGolden } from "./golden.ts";
import { statistics } from "./fixtures.ts";

Deno.test("statisticsText() tells what was sampled and what was not", () => {
  const runs = [
    statistics(),
    statistics({ proved: 300, torn: 0, truncated: 0, missedTicks: 0 }),
    statistics({ dropped: 12, unstopped: 300, stops: 0 }),
    statistics({ gc: 750_000 }),
    statistics({ samples: 0 }),
    statistics({ samples: 0, missedTicks: 0 }),
  ];
  assertGolden("statistics.txt", runs.map(statisticsText).join("\n"));
});

Deno.test("progressText() is one line of what there is to tell", () => {
  const rows: readonly (readonly [fields: Partial<Statistics>, elapsed: number, text: string])[] = [
    [{ proved: 300 }, 3e6, "3.0 s  300 samples (100/s)  100.0 % proved  30 us a stop"],
    [{ dropped: 7 }, 1.5e6, "1.5 s  300 samples (200/s)  99.0 % proved  30 us a stop  7 dropped"],
    [{ stops: 0, stopSum: 0 }, 3e6, "3.0 s  300 samples (100/s)  99.0 % proved"],
    [{ samples: 0, proved: 0, stops: 0 }, 0, "0.0 s  0 samples (0/s)"],
  ];
  for (const [fields, elapsed, text] of rows) assert.equal(progressText(statistics(fields), elapsed), text);
});

const TIMES: readonly (readonly [time: number, text: string])[] = [
  [0, "0 us"],
  [21.4, "21 us"],
  [999, "999 us"],
  [1_000, "1 ms"],
  [10_000, "10 ms"],
  [12_340, "12.3 ms"],
  [123_456, "123 ms"],
  [3_000_000, "3 s"],
  [3_600_000_000, "3600 s"],
];

Deno.test("timeText() picks the unit", async (t) => {
  for (const [time, text] of TIMES) await t.step(text, () => assert.equal(timeText(time), text));
});
