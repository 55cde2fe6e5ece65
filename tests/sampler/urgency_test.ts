import assert from "node:assert/strict";
import { renice } from "../../src/ffi/priority.ts";
import { Urgency } from "../../src/sampler/urgency.ts";
import "../support/shim.ts";

const MUCH = 64 << 20;

/** A niceness that can be lowered by so much at the most. */
function scheduler(most: number) {
  const changes: number[] = [];
  let nice = 0;
  function change(by: number): number {
    const changed = Math.max(by, -most - nice);
    changes.push(changed);
    nice += changed;
    return changed;
  }
  return { changes, change, nice: () => nice };
}

Deno.test("Urgency prefers the thread until nothing waits", () => {
  const { changes, change, nice } = scheduler(20);
  const urgency = new Urgency(change);
  urgency.update(0);
  urgency.update(1000);
  assert.deepEqual(changes, []);
  urgency.update(MUCH);
  assert.ok(nice() < 0);
  urgency.update(2 * MUCH);
  urgency.update(1000);
  assert.equal(changes.length, 1);
  urgency.update(0);
  assert.equal(nice(), 0);
  urgency.update(MUCH);
  urgency.end();
  urgency.end();
  assert.equal(nice(), 0);
  assert.equal(changes.length, 4);
});

Deno.test("Urgency takes back no more than it was given", () => {
  const { change, nice } = scheduler(3);
  const urgency = new Urgency(change);
  urgency.update(MUCH);
  assert.equal(nice(), -3);
  urgency.update(0);
  assert.equal(nice(), 0);
});

Deno.test("Urgency asks once where it is refused", () => {
  const { changes, change } = scheduler(0);
  const urgency = new Urgency(change);
  for (let i = 0; i < 3; i++) {
    urgency.update(MUCH);
    urgency.update(0);
  }
  assert.equal(changes.length, 1);
});

/** Of the thread that runs this. */
function niceness(): number {
  return Number(Deno.readTextFileSync("/proc/thread-self/stat").split(") ")[1].split(" ")[16]);
}

Deno.test("renice() changes this thread's niceness, and says by how much", () => {
  const before = niceness();
  const changed = renice(1);
  assert.equal(niceness() - before, changed);
  assert.equal(changed, before < 19 ? 1 : 0);
  const back = renice(-changed);
  assert.equal(niceness() - before, changed + back);
});
