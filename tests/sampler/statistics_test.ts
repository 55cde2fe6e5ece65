import assert from "node:assert/strict";
import { emptyStatistics, sumOf } from "../../src/sampler/statistics.ts";
import { statistics } from "../output/fixtures.ts";

Deno.test("sumOf() adds up, but takes the extremes of the stops, from those who have any", () => {
  const one = statistics({ samples: 3, proved: 2, torn: 1, stops: 2, stopMin: 7, stopSum: 20, stopMax: 13 });
  const two = statistics({ samples: 5, proved: 5, torn: 0, stops: 1, stopMin: 5, stopSum: 5, stopMax: 5 });
  const sum = sumOf([emptyStatistics(), one, emptyStatistics(), two]);
  const { samples, proved, torn, stops, stopMin, stopSum, stopMax, dropped } = sum;
  assert.deepEqual({ samples, proved, torn, stops, stopMin, stopSum, stopMax }, {
    samples: 8,
    proved: 7,
    torn: 1,
    stops: 3,
    stopMin: 5,
    stopSum: 25,
    stopMax: 13,
  });
  assert.equal(dropped, one.dropped + two.dropped);
  assert.deepEqual(sumOf([]), emptyStatistics());
});
