import assert from "node:assert/strict";
import { Gaps } from "../../src/sampler/gaps.ts";

const S = 1e9;

Deno.test("Gaps takes time in which nothing was looked at out of every thread's next sample, and says so once", () => {
  const said: string[] = [];
  const gaps = new Gaps(1000, { warn: (message) => said.push(message), countDropped: () => 0 });
  assert.equal(gaps.timeOf({ timeNs: 1 * S, elapsedNs: 0.5 * S }), 500_000);
  assert.equal(gaps.timeOf({ timeNs: 2 * S, elapsedNs: 1 * S }), 1_000_000);
  assert.equal(gaps.timeOf({ timeNs: 3602 * S, elapsedNs: 3600.25 * S }), 250_000);
  assert.equal(gaps.timeOf({ timeNs: 3602.5 * S, elapsedNs: 3600.75 * S }), 750_000);
  assert.equal(gaps.timeOf({ timeNs: 3603 * S, elapsedNs: 0.5 * S }), 500_000);
  assert.deepEqual(said.map((message) => /for 3600 s/.test(message)), [true]);
});

Deno.test("Gaps leaves what a busy machine, or a long interval, takes", () => {
  for (const [interval, pause] of [[1000, 9.9], [10_000_000, 39]]) {
    const gaps = new Gaps(interval, { warn: assert.fail, countDropped: () => 0 });
    gaps.timeOf({ timeNs: 1 * S, elapsedNs: 0 });
    assert.equal(gaps.timeOf({ timeNs: (1 + pause) * S, elapsedNs: pause * S }), pause * 1e6);
  }
});

Deno.test("Gaps leaves time alone whose records were lost", () => {
  let dropped = 0;
  const gaps = new Gaps(1000, { countDropped: () => dropped });
  gaps.timeOf({ timeNs: 1 * S, elapsedNs: 0 });
  dropped = 5;
  assert.equal(gaps.timeOf({ timeNs: 21 * S, elapsedNs: 20 * S }), 20_000_000);
  assert.ok(gaps.timeOf({ timeNs: 51 * S, elapsedNs: 30 * S }) < 20_000_000);
});
