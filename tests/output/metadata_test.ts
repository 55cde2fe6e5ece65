import assert from "node:assert/strict";
import { closingText, headerText, metadataLine } from "../../src/output/metadata.ts";
import { assertGolden } from "./golden.ts";
import { mapping, statistics } from "./fixtures.ts";

const MAPPINGS = [
  mapping(0x55802fbd6000, "/usr/bin/python3.11"),
  mapping(0x55802fbd7000, "/usr/bin/python3.11", { executable: false, writable: true }),
  mapping(0x55802fc00000, "[heap]"),
  mapping(0x7f0000000000, ""),
  mapping(0x7f0000002000, "/opt/my libs/libfast.so", { deleted: true }),
  mapping(0x7f0000004000, "/opt/new\nline.so"),
  mapping(0x7ffd00000000, "[stack]"),
  mapping(0x7ffd00002000, "[vdso]"),
];

Deno.test("headerText() and closingText() give a whole file in pipe mode", () => {
  const header = headerText({ austin: "3.7.0", interval: 10_000, mode: "cpu", python: "3.11.7", mappings: MAPPINGS });
  const closing = closingText(statistics(), { figures: true });
  assertGolden("metadata_pipe.txt", `${header}P1;T0:1;a.py:f:3 10000\n${closing}`);
});

Deno.test("headerText() and closingText() give version, interval, mode and duration without pipe mode", () => {
  const header = headerText({ austin: "3.7.0", interval: 10_000, mode: "wall", python: null, mappings: [] });
  assert.equal(header, "# austin: 3.7.0\n# interval: 10000\n# mode: wall\n\n");
  assert.equal(closingText(statistics(), { figures: false }), "\n# duration: 3000123\n\n");
});

Deno.test("closingText() leaves out the figures of a run without samples", () => {
  assert.equal(closingText(statistics({ samples: 0, stops: 0 }), { figures: true }), "\n# duration: 3000123\n\n");
});

Deno.test("closingText() writes no more late samples than samples, and 0,0,0 where no thread was stopped", () => {
  const text = closingText(statistics({ missedTicks: 900, stops: 0, stopMin: 0, stopSum: 0, stopMax: 0 }), {
    figures: true,
  });
  assert.match(text, /^# sampling: 0,0,0$/m);
  assert.match(text, /^# saturation: 300\/300$/m);
});

Deno.test("metadataLine() is one line, whatever the value", () => {
  assert.equal(metadataLine("python", "3.11.7\n# x: y"), "# python: 3.11.7\\x0a# x: y\n");
});
