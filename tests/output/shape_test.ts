import assert from "node:assert/strict";
import { type Shape, Shaper, WHOLE } from "../../src/output/shape.ts";
import type { Frame } from "../../src/types.ts";
import { kernel, mark, native, python, sample } from "./fixtures.ts";

const FRAMES: readonly Frame[] = [
  native("_start", { module: "/usr/bin/python3" }),
  python("/srv/a.py", "f", 3),
  native("builtin_sorted"),
  mark("gap"),
  python("/srv/b.py", "key", 9),
  native("qsort"),
  kernel("do_futex"),
];

function shaped(shape: Partial<Shape>): readonly Frame[] | null {
  const shaper = new Shaper({ ...WHOLE, ...shape }, (_, tid) => tid === 24 ? "worker" : null);
  return shaper.of(sample(FRAMES))?.stack.frames ?? null;
}

Deno.test("Shaper leaves what is whole as it is", () => {
  const one = sample(FRAMES);
  assert.equal(new Shaper(WHOLE, () => null).of(one), one);
});

Deno.test("Shaper keeps the threads that are asked for, by number or name", () => {
  for (const threads of [["24"], ["worker"], ["7", "worker"]]) assert.equal(shaped({ threads })?.length, FRAMES.length);
  for (const threads of [["7"], ["work"], ["22"]]) assert.equal(shaped({ threads }), null);
  const named = { ...sample(FRAMES), tid: "main" };
  assert.equal(new Shaper({ ...WHOLE, threads: ["main"] }, () => null).of(named), named);
});

Deno.test("Shaper asks for the name of a thread rarely, and learns a new one in time", () => {
  const asked: number[] = [];
  let name = "python3";
  const nameOf = (_: number, tid: number) => {
    asked.push(tid);
    return name;
  };
  const shaper = new Shaper({ ...WHOLE, threads: ["worker"] }, nameOf);
  const one = sample(FRAMES);
  assert.equal(shaper.of(one), null);
  name = "worker";
  for (let i = 0; i < 1000; i++) shaper.of(one);
  assert.equal(shaper.of(one), one);
  assert.ok(asked.length < 20, `${asked.length}`);
  assert.equal(shaper.of({ ...one, tid: 25 })?.tid, 25);
});

Deno.test("Shaper keeps and drops samples by function, file and binary", () => {
  for (const pattern of [/^key$/, /b\.py$/, /libc/, /do_f/]) {
    assert.equal(shaped({ include: pattern })?.length, FRAMES.length);
    assert.equal(shaped({ exclude: pattern }), null);
  }
  assert.equal(shaped({ include: /nowhere/ }), null);
  assert.equal(shaped({ exclude: /nowhere/ })?.length, FRAMES.length);
});

Deno.test("Shaper leaves out native frames, or those that call Python", () => {
  assert.deepEqual(shaped({ pythonOnly: true }), [FRAMES[1], FRAMES[3], FRAMES[4]]);
  assert.deepEqual(shaped({ nativeLast: true }), [FRAMES[1], FRAMES[3], ...FRAMES.slice(4)]);
  const all = sample([FRAMES[0], FRAMES[2]]);
  assert.equal(new Shaper({ ...WHOLE, nativeLast: true }, () => null).of(all)?.stack.frames.length, 2);
});

Deno.test("Shaper tells no places in functions where none are wanted", () => {
  const frames = shaped({ noLines: true })!;
  assert.deepEqual(frames[1], { ...FRAMES[1], line: 0, endLine: 0 });
  assert.deepEqual(frames[2], native("builtin_sorted", { pc: 0x7f3a13eed503 - 35, offset: 0 }));
  assert.deepEqual(frames.slice(3, 4), [mark("gap")]);
});
