import assert from "node:assert/strict";
import { type FormatName, formatOfFile, FORMATS } from "../../src/output/formats.ts";

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
