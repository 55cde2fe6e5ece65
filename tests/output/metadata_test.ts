import assert from "node:assert/strict";
import { closingText, type Header, headerText, mapText, metadataLine, parseModule } from "../../src/output/metadata.ts";
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
  const header = headerText({
    austin: "3.7.0",
    interval: 10_000,
    mode: "cpu",
    memory: null,
    python: "3.11.7",
    mappings: MAPPINGS,
  });
  const closing = closingText(statistics(), { figures: true });
  assertGolden("metadata_pipe.txt", `${header}P1;T0:1;a.py:f:3 10000\n${closing}`);
});

Deno.test("headerText() and closingText() give version, interval, mode and duration without pipe mode", () => {
  const header = headerText({
    austin: "3.7.0",
    interval: 10_000,
    mode: "wall",
    memory: null,
    python: null,
    mappings: [],
  });
  assert.equal(header, "# austin: 3.7.0\n# interval: 10000\n# mode: wall\n\n");
  assert.equal(closingText(statistics(), { figures: false }), "\n# duration: 3000123\n\n");
});

Deno.test("headerText() gives physical memory in KiB between mode and version", () => {
  const header = { austin: "3.7.0", interval: 10, mode: "full", memory: 8_201_379_840, python: "3.11.7", mappings: [] };
  assert.equal(
    headerText(header as Header),
    "# austin: 3.7.0\n# interval: 10\n# mode: full\n# memory: 8009160\n# python: 3.11.7\n\n",
  );
});

Deno.test("closingText() gives the time of garbage collection behind the duration, where it was looked for", () => {
  const text = (gc: number | null) => closingText(statistics({ gc, samples: 0, stops: 0 }), { figures: true });
  assert.equal(text(41_000.4), "\n# duration: 3000123\n# gc: 41000\n\n");
  assert.equal(text(0), "\n# duration: 3000123\n# gc: 0\n\n");
  assert.equal(text(null), "\n# duration: 3000123\n\n");
});

Deno.test("headerText() says that there may be several processes, after the version", () => {
  const header = headerText({
    austin: "3.7.0",
    interval: 100,
    mode: "full",
    memory: 1_048_576,
    multiprocess: true,
    python: "3.8.1",
    mappings: [],
  });
  assert.equal(
    header,
    "# python: 3.8.1\n# austin: 3.7.0\n# interval: 100\n# mode: full\n# memory: 1024\n# multiprocess: on\n\n",
  );
});

Deno.test("headerText() says that garbage collection is looked for, before the version or after it", () => {
  const header = {
    austin: "4.1.0",
    interval: 100,
    mode: "wall",
    memory: null,
    gc: true,
    python: "3.12.1",
    mappings: [],
  };
  const text = "# austin: 4.1.0\n# interval: 100\n# mode: wall\n";
  assert.equal(headerText(header as Header), `${text}# gc: on\n# python: 3.12.1\n\n`);
  const family = headerText({ ...header, multiprocess: true } as Header);
  assert.equal(family, `# python: 3.12.1\n${text}# multiprocess: on\n# gc: on\n\n`);
});

Deno.test("mapText() gives the mapped files of a process that joins, and no empty line", () => {
  assert.equal(
    mapText(MAPPINGS.slice(0, 3)),
    "# map: 55802fbd6000-55802fbd7000 /usr/bin/python3.11\n# map: 55802fbd7000-55802fbd8000 /usr/bin/python3.11\n",
  );
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

Deno.test("parseModule() reads what is written of a module", () => {
  const module = { start: 0x7f0000001000, end: 0x7f0000009000, loadBias: 0x7f0000000000 };
  for (const buildId of ["0123456789abcdef", null]) {
    const text = mapText([{ ...mapping(0x7f0000001000, "/opt/my libs/a.so"), module: { ...module, buildId } }]);
    const [, value] = /^# build-id: (.*)$/m.exec(text)!;
    assert.deepEqual(parseModule(value), { ...module, buildId, path: "/opt/my libs/a.so" });
  }
  for (const text of ["", "xyz 1-2 3 /a", "ab 1 2 /a", "ab 1-2 3"]) assert.equal(parseModule(text), null);
});
