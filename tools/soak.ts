/**
 * Samples a busy program for an hour at 1 ms and says what became of memory and time.
 *
 *     deno task soak [MINUTES]      by default 60
 *
 * Says each minute how far it is, and prints a table for docs/reliability.md in the end.
 * Exits with 1 if the profiler's memory grew by more than 32 MiB or a tenth from the second to the last quarter, or if a
 * thread that lived throughout has more or less than 99 to 101 % of the time.
 * @module
 */

import { type Progress, type Soak, soak } from "../tests/faults/soak.ts";
import { TYPICAL } from "../tests/support/typical_pythons.ts";

const GROWTH_MIB = 32;
const GROWTH_SHARE = 0.1;
const TIME_SHARE = 0.01;

function table({ samples, threads, early, late, shares, closing, gap }: Soak): string {
  const rows = [
    ["sampled for", `${(Number(closing.duration) / 60_000_000).toFixed(1)} minutes`],
    ["samples, threads", `${samples}, ${threads}`],
    ["memory of the profiler in the second quarter, in the last", `${early.toFixed(0)} MiB, ${late.toFixed(0)} MiB`],
    ["time of each thread that lived throughout", shares.map((share) => `${(share * 100).toFixed(2)} %`).join(", ")],
    ["time in which the profiler did not run, as it told", `${gap.toFixed(1)} s`],
    ...["sampling", "saturation", "errors", "proved", "torn"].map((key) => [`\`${key}\``, closing[key] ?? "none"]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(["what", "figure"]), rule, ...rows.map(line)].join("\n");
}

async function main([minutes = "60"]: readonly string[]): Promise<number> {
  const python = TYPICAL[0];
  if (python === undefined) throw new Error("No supported Python was found");
  let told = 0;
  const onProgress = ({ seconds, size }: Progress) => {
    if (seconds < (told + 1) * 60) return;
    told++;
    console.error(`${told} of ${minutes} minutes, ${size.toFixed(0)} MiB`);
  };
  const outcome = await soak(python, { seconds: Number(minutes) * 60, onProgress });
  console.log(`${table(outcome)}\n\nCPython ${python.name}; the target computed what it had to`);
  const { early, late, shares } = outcome;
  const leaks = late - early > Math.max(GROWTH_MIB, early * GROWTH_SHARE);
  const drifts = shares.some((share) => Math.abs(share - 1) > TIME_SHARE);
  if (leaks) console.log("its memory grows");
  if (drifts) console.log("time is lost, or counted twice");
  return leaks || drifts ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
