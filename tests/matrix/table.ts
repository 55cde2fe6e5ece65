/**
 * The matrix itself: what came of each case with each interpreter, in each mode, as a table of text.
 * @module
 */

/** What came of one case: `null` is a pass, `skip` the reason why it was not run, `fail` what is wrong. */
export type Result = null | { readonly skip: string } | { readonly fail: string };

/** Cells: `+` pass, `F` fail, `.` the version has no such thing; a letter for each mode, dump first. */
export class Table {
  readonly #columns: string[] = [];
  readonly #cells = new Map<string, Map<string, Map<string, Result>>>();
  readonly #skipped: string[] = [];
  readonly #notes: string[] = [];

  /** Adds an interpreter. */
  addColumn(name: string): void {
    if (!this.#columns.includes(name)) this.#columns.push(name);
  }

  /** Adds an interpreter that is not tested at all. */
  skipColumn(name: string, reason: string): void {
    this.#skipped.push(`skipped: ${name}: ${reason}`);
  }

  /** Adds a line below the table. */
  note(text: string): void {
    this.#notes.push(text);
  }

  /** Notes what came of a case. */
  set(column: string, row: string, mode: string, result: Result): void {
    const cells = this.#cells.get(row) ?? new Map<string, Map<string, Result>>();
    this.#cells.set(row, cells);
    const modes = cells.get(column) ?? new Map<string, Result>();
    cells.set(column, modes);
    modes.set(mode, result);
  }

  /** All of it, with the reasons below. */
  toString(): string {
    const rows = [...this.#cells.keys()].sort();
    const width = Math.max(0, ...rows.map((row) => row.length));
    const heads = this.#columns.map((_, i) => `${i + 1}`.padStart(3));
    const lines = [`${"".padEnd(width)} ${heads.join("")}`];
    for (const row of rows) {
      const cells = this.#columns.map((column) => this.#cell(row, column).padStart(3));
      lines.push(`${row.padEnd(width)} ${cells.join("")}`);
    }
    lines.push("", ...this.#columns.map((column, i) => `${`${i + 1}`.padStart(3)}  ${column}`));
    lines.push("", "dump and sampling: + pass, F fail, . not in this version or not run (below)");
    lines.push(...this.#notes, ...this.#skipped, ...this.#reasons());
    return lines.join("\n");
  }

  #cell(row: string, column: string): string {
    const modes = this.#cells.get(row)!.get(column);
    return ["dump", "sampling"].map((mode) => {
      const result = modes?.get(mode);
      return result === undefined ? "." : result === null ? "+" : "fail" in result ? "F" : ".";
    }).join("");
  }

  #reasons(): string[] {
    const skips = new Map<string, Set<string>>();
    const fails: string[] = [];
    for (const [row, cells] of this.#cells) {
      for (const [column, modes] of cells) {
        for (const [mode, result] of modes) {
          if (result === null) continue;
          if ("fail" in result) fails.push(`FAILED: ${row}, ${mode}, ${column}: ${result.fail.slice(0, 300)}`);
          else skips.set(result.skip, (skips.get(result.skip) ?? new Set()).add(row));
        }
      }
    }
    return [...[...skips].map(([reason, cases]) => `skipped: ${reason}: ${[...cases].join(" ")}`), ...fails];
  }
}
