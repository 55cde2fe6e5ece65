/**
 * Has everything of tests/faults/ happen often, and prints a table: how often each was tried, how often target and profiler
 * came through, and how often not.
 *
 *     deno task faults [SHARE [WORDS]]     a SHARE (default 1) of the whole, of the faults whose names hold WORDS
 *
 * With a share of 1 and all faults the table goes to docs/reliability.md. Exits with 1 if any was lost.
 * @module
 */

import { ALL_FAULTS } from "../tests/faults/all.ts";
import type { Fault } from "../tests/faults/fault.ts";
import type { Python } from "../tests/support/pythons.ts";
import { TYPICAL } from "../tests/support/typical_pythons.ts";

const PAGE = new URL("../docs/reliability.md", import.meta.url);
const BEGIN = "<!-- faults -->\n\n";
const END = "\n<!-- end of faults -->";

/** What came of one. */
interface Row {
  readonly name: string;
  readonly tried: number;
  readonly lost: number;
}

/** Runs it so often, at least once, and says when it is through: a whole run takes its time. */
async function repeat({ name, times, once }: Fault, python: Python, share: number): Promise<Row> {
  const tried = Math.max(1, Math.round(times * share));
  let lost = 0;
  const start = performance.now();
  for (let turn = 0; turn < tried; turn++) {
    try {
      await once(python);
    } catch (error) {
      lost++;
      console.error(`${name}, the ${turn + 1}th time: ${error instanceof Error ? error.message : error}`);
    }
  }
  console.error(`${name}: ${tried - lost} of ${tried}, ${((performance.now() - start) / 1000).toFixed(0)} s`);
  return { name, tried, lost };
}

function table(rows: readonly Row[]): string {
  const cells = [["fault", "tried", "survived", "lost"]];
  for (const { name, tried, lost } of rows) cells.push([name, `${tried}`, `${tried - lost}`, `${lost}`]);
  const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);
  cells.push([
    "all",
    `${sum((row) => row.tried)}`,
    `${sum((row) => row.tried - row.lost)}`,
    `${sum((row) => row.lost)}`,
  ]);
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`).join(" | ")} |`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join("\n") + "\n";
}

/** Puts the table in its place. */
function record(text: string): void {
  const page = Deno.readTextFileSync(PAGE);
  const [start, end] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  if (start < BEGIN.length || end < start) throw new Error(`Cannot find the table in ${PAGE.pathname}`);
  Deno.writeTextFileSync(PAGE, page.slice(0, start) + text + page.slice(end));
}

async function main([share = "1", ...words]: readonly string[]): Promise<number> {
  const python = TYPICAL[0];
  if (python === undefined) throw new Error("No supported Python was found");
  const start = performance.now();
  const rows: Row[] = [];
  for (const fault of ALL_FAULTS.filter(({ name }) => name.includes(words.join(" ")))) {
    const missing = fault.obstacle?.(python) ?? null;
    if (missing !== null) console.error(`${fault.name}: skipped: ${missing}`);
    else rows.push(await repeat(fault, python, Number(share)));
  }
  const text = table(rows);
  console.log(text);
  console.log(`CPython ${python.name}, ${((performance.now() - start) / 60_000).toFixed(1)} minutes`);
  if (Number(share) === 1 && words.length === 0) record(text);
  return rows.some(({ lost }) => lost > 0) ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
