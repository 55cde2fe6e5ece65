import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { parseChoice, parseCount, parsePid, parseShare, parseTime, type TimeFormat } from "../../src/cli/values.ts";

const INTERVAL: TimeFormat = { name: "interval", units: ["us", "ms", "s"] };
const TIMEOUT: TimeFormat = { name: "timeout", units: ["ms", "us", "s"] };
const EXPOSURE: TimeFormat = { name: "exposure", units: ["s"] };

const TIMES: readonly (readonly [format: TimeFormat, text: string, time: number | null])[] = [
  [INTERVAL, "0", 0],
  [INTERVAL, "100", 100],
  [INTERVAL, "100us", 100],
  [INTERVAL, "5ms", 5_000],
  [INTERVAL, "2s", 2_000_000],
  [INTERVAL, "  +7", 7],
  [INTERVAL, "\t7ms", 7_000],
  [INTERVAL, "-0", 0],
  [INTERVAL, "007", 7],
  [INTERVAL, "3600s", 3_600_000_000],
  [INTERVAL, "10ns", null],
  [INTERVAL, "1.5ms", null],
  [INTERVAL, "abc", null],
  [INTERVAL, "", null],
  [INTERVAL, " ", null],
  [INTERVAL, "ms", null],
  [INTERVAL, "-1", null],
  [INTERVAL, "-5ms", null],
  [INTERVAL, "+-5", null],
  [INTERVAL, "5 ms", null],
  [INTERVAL, "5ms ", null],
  [INTERVAL, "5ms\n", null],
  [INTERVAL, "5MS", null],
  [INTERVAL, "0x10", null],
  [INTERVAL, "1e3", null],
  [INTERVAL, "٣", null],
  [INTERVAL, "99999999999999999999", null],
  [INTERVAL, "9".repeat(400), null],
  [TIMEOUT, "10", 10_000],
  [TIMEOUT, "10ms", 10_000],
  [TIMEOUT, "10us", 10],
  [TIMEOUT, "10s", 10_000_000],
  [TIMEOUT, "abc", null],
  [EXPOSURE, "0", 0],
  [EXPOSURE, "3", 3_000_000],
  [EXPOSURE, "3s", 3_000_000],
  [EXPOSURE, "3ms", null],
  [EXPOSURE, "-3", null],
];

Deno.test("parseTime() takes what strtol takes, with the units of the option", async (t) => {
  for (const [format, text, time] of TIMES) {
    await t.step(`${format.name} ${JSON.stringify(text)}`, () => {
      if (time === null) refuses(() => parseTime(text, format), `the ${format.name} must be a positive integer`);
      else assert.equal(parseTime(text, format), time);
    });
  }
});

const COUNTS: readonly (readonly [text: string, count: number | null])[] = [
  ["0", 0],
  ["64", 64],
  [" +64", 64],
  ["64MB", null],
  ["-1", null],
  ["", null],
  ["1e400", null],
];

Deno.test("parseShare() takes a percentage above 0 and below 100", () => {
  for (const [text, share] of [["2", 0.02], ["0.5%", 0.005], ["50", 0.5], ["1%", 0.01]] as const) {
    assert.equal(parseShare(text, "overhead-budget"), share);
  }
  for (const text of ["", "0", "0.0%", "100", "-1", "1e1", "5 %", "x"]) {
    refuses(() => parseShare(text, "overhead-budget"), "--overhead-budget takes a percentage above 0 and below 100");
  }
});

Deno.test("parseCount() takes an integer from 0", async (t) => {
  for (const [text, count] of COUNTS) {
    await t.step(JSON.stringify(text), () => {
      if (count === null) refuses(() => parseCount(text, "heap size"), "the heap size must be a positive integer");
      else assert.equal(parseCount(text, "heap size"), count);
    });
  }
});

const PIDS: readonly (readonly [text: string, pid: number | null])[] = [
  ["1", 1],
  [" +42", 42],
  ["2147483647", 2147483647],
  ["2147483648", null],
  ["4294967297", null], // Austin 3.7 attaches to process 1
  ["0", null],
  ["-1", null],
  ["abc", null],
  ["42s", null],
  ["", null],
];

Deno.test("parsePid() takes an integer from 1 to 2^31 - 1", async (t) => {
  for (const [text, pid] of PIDS) {
    await t.step(JSON.stringify(text), () => {
      if (pid === null) refuses(() => parsePid(text), "invalid PID");
      else assert.equal(parsePid(text), pid);
    });
  }
});

function refuses(parse: () => unknown, words: string): void {
  assert.throws(parse, (error) => error instanceof UsageError && error.message.startsWith(words));
}

Deno.test("parseChoice() takes one of the words, whole", () => {
  const choices = { name: "log level", choices: ["info", "debug"] };
  assert.equal(parseChoice("debug", choices), "debug");
  for (const text of ["", "deb", "DEBUG", "debug "]) {
    refuses(() => parseChoice(text, choices), "the log level must be one of info, debug, not ");
  }
});
