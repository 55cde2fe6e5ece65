import assert from "node:assert/strict";
import { type BadLine, CollapsedReader } from "../../src/input/collapsed.ts";
import { CollapsedFormatter } from "../../src/output/collapsed.ts";
import type { Recorded, RecordedSample } from "../../src/types.ts";

const HEADER = "# austin: 3.7.0\n# interval: 10000\n# mode: wall\n\n";

/** What a text holds, read in pieces of `size` bytes. */
function read(text: string, size = 7): { recorded: Recorded[]; bad: BadLine[] } {
  const bad: BadLine[] = [];
  const reader = new CollapsedReader((line) => bad.push(line));
  const bytes = new TextEncoder().encode(text);
  const recorded: Recorded[] = [];
  for (let at = 0; at < bytes.length; at += size) recorded.push(...reader.read(bytes.slice(at, at + size)));
  recorded.push(...reader.end());
  return { recorded, bad };
}

function samples(text: string): RecordedSample[] {
  return read(text).recorded.flatMap((one) => one.kind === "sample" ? [one.sample] : []);
}

Deno.test("CollapsedReader reads metadata and samples, in pieces of any size", () => {
  const text =
    `${HEADER}P22;T0:24;/srv/τ;a.py:f:3 912\n# map: 1000-2000 /a b\nP22;T1:25;a.py:g:1;:GC: 10\n\n# duration: 9\n\n`
      .replace("τ;", "τ:");
  const whole = read(text, 1000);
  for (const size of [1, 2, 3, 13]) assert.deepEqual(read(text, size), whole);
  assert.deepEqual(whole.bad, []);
  const kinds = whole.recorded.map((one) => one.kind === "sample" ? one.sample.time : `${one.key}=${one.value}`);
  assert.deepEqual(kinds, ["austin=3.7.0", "interval=10000", "mode=wall", 912, "map=1000-2000 /a b", 10, "duration=9"]);
  const [first, second] = samples(text);
  assert.deepEqual(first, {
    ...{ pid: 22, tid: 24, interpreter: 0, time: 912, memory: 0, idle: false, gc: false },
    stack: {
      frames: [{
        ...{ kind: "python", file: "/srv/τ:a.py", function: "f", line: 3 },
        endLine: 3,
        column: null,
        endColumn: null,
      }],
      proof: { expected: 0, matched: 0, flaw: null },
    },
  });
  assert.deepEqual([second.tid, second.interpreter, second.gc, second.stack.frames.length], [25, 1, true, 1]);
});

Deno.test("CollapsedReader tells native, kernel and marking frames from Python's", () => {
  const [sample] = samples("P1;T0:1;native@7f00aa:ns::f:35;native@0:<unknown>:0;kernel:do_futex:0;:INVALID: 5\n");
  assert.deepEqual(sample.stack.frames.map(({ kind }) => kind), ["native", "mark", "kernel", "mark"]);
  assert.deepEqual(sample.stack.proof.flaw, "unmatched");
  const [odd] = samples("P1;T0:1;native@7f00aa:lib.so+0x12:35 5\n");
  assert.deepEqual(odd.stack.frames[0], {
    ...{ kind: "native", pc: 0x7f00aa, symbol: "lib.so+0x12", named: false, offset: 35, module: "" },
  });
});

Deno.test("CollapsedReader tells native frames with source lines by the file or the mark of inlined calls", () => {
  const line = "P1;T0:1;/src/ceval.c:take_gil:181;/src/x.unknown:spin_[i]:7;lib.py:f:3";
  const [sample] = samples(`${line} 5\n`);
  const { frames } = sample.stack;
  assert.deepEqual(frames.map(({ kind }) => kind), ["native", "native", "python"]);
  assert.deepEqual(frames.map((frame) => frame.kind === "native" && frame.inlined), [false, true, false]);
  assert.equal(new CollapsedFormatter().line(sample), `${line} 5\n`);
});

Deno.test("CollapsedReader reads the threads of Austin 2 and 4, and samples without frames", () => {
  const read = samples("P1;T77;a.py:f:3 5\nP1;T0:worker 1: x;a.py:f:3 6\r\nP-1;T0:3 7");
  assert.deepEqual(read.map(({ pid, tid, time }) => [pid, tid, time]), [[1, 77, 5], [1, "worker 1: x", 6], [-1, 3, 7]]);
});

Deno.test("CollapsedReader reads the metrics of each mode", () => {
  const metrics = (mode: string, metric: string) =>
    samples(`# mode: ${mode}\n\nP1;T0:1;a:f:1 ${metric}\n`).map(({ time, memory, idle }) => [time, memory, idle]);
  assert.deepEqual(metrics("cpu", "12"), [[12, 0, false]]);
  assert.deepEqual(metrics("memory", "-4096"), [[0, -4096, false]]);
  assert.deepEqual(metrics("full", "12,1,-4096"), [[12, -4096, true]]);
});

Deno.test("CollapsedReader leaves out lines that are no samples, says which, and goes on", () => {
  const lines = [
    ["no stack at all 12", /neither a process and a thread/],
    ["P1;T0:1;a.py:f:3", /does not end in a metric/],
    ["P1;T0:1;a.py:f:3 1.5", /does not end in a metric/],
    ["P1;T0:1;a.py:f:3;nothing 15", /'nothing' is not a frame/],
    ["P1;T0:1;a.py:f:x 15", /'a.py:f:x' is not a frame/],
    ["P1 15", /neither a process and a thread/],
  ] as const;
  const text = lines.map(([line]) => `${line}\nP1;T0:1;a.py:f:3 9\n`).join("");
  const { recorded, bad } = read(text);
  assert.deepEqual([recorded.length, bad.map(({ line }) => line)], [lines.length, lines.map((_, i) => 2 * i + 1)]);
  bad.forEach(({ reason }, i) => assert.match(reason, lines[i][1]));
});

Deno.test("CollapsedReader fails at the end where there was no sample", () => {
  assert.throws(() => read(""), /the input is empty/);
  assert.throws(() => read(HEADER), /No sample in 4 lines of text/);
  assert.throws(() => read("x\n".repeat(3)), /No sample in 3 lines of text/);
});

Deno.test("CollapsedReader gives each distinct frame as one object", () => {
  const [a, b] = samples("P1;T0:1;a.py:f:3 5\nP1;T0:2;a.py:f:3 5\n");
  assert.equal(a.stack.frames[0], b.stack.frames[0]);
});
