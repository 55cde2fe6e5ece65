import assert from "node:assert/strict";
import { WHOLE } from "../../src/output/shape.ts";
import { cutText, type FormatName, formatOfFile, FORMATS, recordingFormat } from "../../src/output/formats.ts";
import { native, sample } from "./fixtures.ts";

Deno.test("formatOfFile() goes by how the name ends", () => {
  const rows: readonly (readonly [path: string, format: FormatName | null])[] = [
    ["/tmp/a.folded", "collapsed"],
    ["a.b.MOJO", "mojo"],
    ["/x/a.jsonl", "jsonl"],
    ["/x.jsonl/a", null],
    ["a.html", "flamegraph"],
    ["a.speedscope.json", "speedscope"],
    ["a.pb.gz", "pprof"],
    ["a.svg", "svg"],
    ["a.gecko.json", "gecko"],
    ["a.trace.json", "chrome"],
    ["/tmp/callgrind.out.77", "callgrind"],
    ["a.json", null],
    ["a.txt", null],
    ["jsonl", null],
  ];
  for (const [path, format] of rows) assert.equal(formatOfFile(path), format, path);
  assert.equal(new Set(FORMATS).size, FORMATS.length);
});

Deno.test("cutText() says how many samples there was no room for", () => {
  const format = recordingFormat("svg", { mojo: 3, shape: WHOLE });
  assert.equal(cutText(format), null);
  // Each has a hundred functions of its own, which is more than fits.
  for (let i = 0; i < 11_000; i++) {
    const frames = Array.from({ length: 100 }, (_, depth) => native(`f${i}`, { pc: 4096, offset: depth }));
    format.recorded({ kind: "sample", sample: sample(frames, { time: 1 }) });
  }
  assert.match(cutText(format)!, /^the stacks of \d{3} samples are cut: there are too many different ones/);
  assert.match([...format.end()].join(""), /11 ms in 11000 samples/);
});
