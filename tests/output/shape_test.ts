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

Deno.test("Shaper keeps what ran, or what waited", () => {
  const [ran, waited] = [sample(FRAMES), sample(FRAMES, { idle: true })];
  for (const [cpu, kept] of [["on", ran], ["off", waited]] as const) {
    const shaper = new Shaper({ ...WHOLE, cpu }, () => null);
    assert.deepEqual([ran, waited].map((one) => shaper.of(one)).filter((one) => one !== null), [kept]);
  }
});

Deno.test("Shaper folds calls of the interpreter between Python frames, and no others", () => {
  const frames = [
    ...["_start", "Py_RunMain", "_PyEval_Vector"].map((name) => native(name)),
    python("a.py", "f", 3),
    ...["PyObject_Vectorcall", "builtin_sorted", "builtin_sorted_impl.isra.0", "python3.11+0x1f2e0"]
      .map((name) => native(name)),
    python("a.py", "key", 9),
    native("method_vectorcall_VARARGS_KEYWORDS.lto_priv.0"),
    mark("gap"),
    native("_PyObject_MakeTpCall"),
    native("partial_vectorcall", { module: "/lib/_functools.so" }),
    native("PyArray_Sort"),
    native("_PyEval_EvalFrameDefault.cold"),
    native("libpython3.14.so.1.0+0xabc"),
    native("reduce()"),
    python("a.py", "g", 1),
    native("PyLong_FromLong"),
    native("python3.11+0x1f2e0"),
    kernel("do_futex"),
  ];
  const shaper = new Shaper({ ...WHOLE, foldNative: true }, () => null);
  const shown = shaper.of(sample(frames))!.stack.frames;
  assert.deepEqual(shown.map((one) => one.kind === "python" ? one.function : one.kind === "mark" ? "-" : one.symbol), [
    ...["_start", "Py_RunMain", "_PyEval_Vector", "f", "sorted", "key", "-", "partial_vectorcall", "PyArray_Sort"],
    ...["reduce", "g", "PyLong_FromLong", "python3.11+0x1f2e0", "do_futex"],
  ]);
  assert.equal(shaper.of(sample(frames))!.stack.frames[4], shown[4]);
  const plain = sample([native("PyObject_Vectorcall"), python("a.py", "f", 3), native("PyObject_Vectorcall")]);
  assert.equal(shaper.of(plain), plain);
});
