/** Forms that are read line by line, by the grammars of their readers. */

import assert from "node:assert/strict";
import { sampleFormat } from "../../../src/output/formats.ts";
import { WHOLE } from "../../../src/output/shape.ts";
import { statistics } from "../fixtures.ts";
import { generated } from "./generated.ts";

function linesOf(name: "callgrind" | "collapsed", seed: number): string[] {
  const format = sampleFormat(name, { mojo: 3, threadName: () => "a;b = (3)\nc", shape: WHOLE });
  const header = {
    austin: "3.7.0",
    interval: 1000,
    mode: "wall",
    memory: null,
    python: "3.11.7",
    mappings: [],
  } as const;
  const chunks = [format.header(header), ...Array.from(generated(seed), (one) => format.sample(one))];
  return [...chunks, ...format.closing(statistics(), { figures: false })].join("").split("\n");
}

Deno.test("callgrind keeps to the grammar of its manual", () => {
  // https://valgrind.org/docs/manual/cl-format.html, 3.2: header, then body; each call is a line and its costs.
  const HEADER = /^(# .*|version: 1|creator: .*|positions: line|event: \w+ : [\w ]+|events: \w+( \w+)*)?$/;
  const COST = /^\d+( \d+){1,2}$/;
  for (const seed of [1, 2, 3]) {
    const lines = linesOf("callgrind", seed);
    const start = lines.findIndex((line) => /^(ob|fl|fn)=/.test(line));
    for (const line of lines.slice(0, start)) assert.match(line, HEADER);
    const known = new Set<string>();
    let [isCall, hasFunction] = [false, false];
    for (const line of lines.slice(start)) {
      const [, position, number, name] = /^(c?ob|fl|cfi|c?fn)=\((\d+)\)(?: (.+))?$/.exec(line) ?? [];
      if (position !== undefined) {
        // A name stands with its number once, before that is used by itself.
        assert.equal(name !== undefined, !known.has(number), line);
        known.add(number);
        hasFunction ||= position === "fn";
      } else if (line !== "" && !/^calls=\d+ \d+$/.test(line)) {
        assert.match(line, COST);
        assert.ok(hasFunction);
      }
      assert.ok(!isCall || COST.test(line), line);
      isCall = line.startsWith("calls=");
    }
  }
});

Deno.test("collapsed stacks keep to what flamegraph.pl reads", () => {
  for (const seed of [1, 2, 3]) {
    const samples = [...generated(seed)].filter(({ time }) => time > 0);
    const lines = linesOf("collapsed", seed).filter((line) => line !== "" && !line.startsWith("# "));
    assert.ok(lines.length >= samples.length);
    let total = 0;
    for (const line of lines) {
      // Its own expression; what it does not match it counts as an ignored line.
      const [, stack, value] = /^(.*)\s+?(\d+(?:\.\d*)?)$/.exec(line) ?? [];
      assert.ok(stack !== undefined, line);
      assert.ok(stack.split(";").every((frame) => frame !== ""), line);
      total += Number(value);
    }
    assert.equal(total, samples.reduce((sum, { time }) => sum + time, 0));
  }
});
