import assert from "node:assert/strict";
import { type Change, Comparison, type Side } from "../../../src/output/diff/comparison.ts";
import { tableText } from "../../../src/output/diff/table.ts";
import { weightOf } from "../../../src/output/profile/stacks.ts";
import { Random } from "../../support/random.ts";
import { native, python, sample } from "../fixtures.ts";

const WEIGHT = weightOf("wall");
const MAIN = python("a.py", "main", 1);

/** A recording in phases: for a while one function runs, then another, each by its chance in a hundred. */
function record(into: Comparison, side: Side, chances: Readonly<Record<string, number>>, random: Random): void {
  let running = "";
  for (let i = 0; i < 4000; i++) {
    if (i % 10 === 0) {
      let left = random.below(100);
      running = Object.entries(chances).find(([, chance]) => (left -= chance) < 0)![0];
    }
    into.add(side, sample([MAIN, python("a.py", running, 1 + i % 3)], { time: 1000 }), WEIGHT);
  }
}

function verdicts(changes: readonly Change[]): Record<string, string> {
  return Object.fromEntries(changes.map(({ frame, verdict }) => [frame.name, verdict]));
}

Deno.test("Comparison tells what grew and shrank from noise, with programs that stay at what they do", () => {
  let mistakes = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed);
    const same = new Comparison();
    for (const side of ["before", "after"] as const) record(same, side, { f: 30, g: 30, h: 40 }, random);
    if (same.changes().some(({ verdict }) => verdict !== "noise")) mistakes++;
    const other = new Comparison();
    record(other, "before", { f: 30, g: 30, h: 40 }, random);
    record(other, "after", { f: 60, g: 0, h: 40 }, random);
    const { f, g, main } = verdicts(other.changes());
    assert.deepEqual([f, g, main], ["grew", "shrank", "noise"], `seed ${seed}`);
  }
  // One in twenty would be no fault; ten times as often as samples taken each by itself would have it.
  assert.ok(mistakes <= 6, `${mistakes} of 40`);
});

Deno.test("Comparison takes each line of added-up text for one observation, however much it weighs", () => {
  const comparison = new Comparison(["f"]);
  for (const [side, time] of [["before", 1e6], ["after", 3e6]] as const) {
    comparison.add(side, sample([MAIN, python("a.py", "f", 1)], { time }), WEIGHT);
    comparison.add(side, sample([MAIN, native("g")], { time: 2e6 }), WEIGHT);
  }
  const f = comparison.named("f")!;
  assert.deepEqual([f.before.share, f.after.share, f.verdict], [1 / 3, 0.6, "noise"]);
  assert.equal(comparison.named("nowhere"), null);
});

Deno.test("Comparison finds a function by name wherever its file lay", () => {
  const comparison = new Comparison(["f", "nowhere"]);
  for (const side of ["before", "after"] as const) {
    for (let i = 0; i < 100; i++) {
      const inner = i % 2 === 0 ? [python(`/${side}/a.py`, "f", 1)] : [];
      comparison.add(side, sample([MAIN, ...inner], { time: 10 }), WEIGHT);
    }
  }
  const { before, after, verdict } = comparison.named("f")!;
  assert.deepEqual([before.share, after.share, verdict], [0.5, 0.5, "noise"]);
  assert.equal(comparison.named("nowhere"), null);
});

Deno.test("Comparison counts a function once a stack, its lines together, and its own time for itself", () => {
  const comparison = new Comparison();
  const f = (line: number) => python("a.py", "f", line);
  comparison.add("after", sample([MAIN, f(1), f(2), native("g")], { time: 3 }), WEIGHT);
  comparison.add("after", sample([MAIN, f(3)], { time: 1 }), WEIGHT);
  comparison.add("after", sample([], { time: 0 }), WEIGHT);
  const shares = Object.fromEntries(
    comparison.changes().map(({ frame, after }) => [frame.name, [after.share, after.self]]),
  );
  assert.deepEqual(shares, { main: [1, 0], f: [1, 0.25], g: [0.75, 0.75] });
});

Deno.test("tableText() has the changes first, with their signs", () => {
  const comparison = new Comparison();
  const random = new Random(1);
  record(comparison, "before", { f: 30, g: 50, h: 20 }, random);
  record(comparison, "after", { f: 80, g: 20 }, random);
  const lines = tableText(comparison, comparison.changes(), WEIGHT).trimEnd().split("\n");
  assert.deepEqual(lines.slice(0, 3), [
    "before: 4 s in 4000 samples",
    "after:  4 s in 4000 samples",
    "4 functions, of which 3 changed by more than noise",
  ]);
  assert.match(lines[5], /^ +\d+\.\d % +\d+\.\d % +\+\d+\.\d +\+\d+\.\d +grew +f \(a\.py\)$/);
  assert.match(lines[6], /^ +\d+\.\d % +\d+\.\d % +-\d+\.\d +-\d+\.\d +shrank g \(a\.py\)$/);
  assert.match(lines[8], /^100\.0 % 100\.0 % +0\.0 +0\.0 +noise {2}main \(a\.py\)$/);
});
