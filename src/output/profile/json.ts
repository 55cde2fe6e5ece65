/**
 * Long lists as JSON, in pieces: the whole may not fit into one string.
 * @module
 */

const PIECE = 2 ** 16;

/** A table: its own fields, how many rows it has among them, and a list for each column. */
export function* tableJson<T extends { readonly length: number }>(
  fields: T,
  columns: Readonly<Record<string, Iterable<unknown>>>,
): Generator<string> {
  yield JSON.stringify(fields).slice(0, -1);
  for (const [name, values] of Object.entries(columns)) {
    yield `,${JSON.stringify(name)}:[`;
    yield* listed(elements(values));
    yield "]";
  }
  yield "}";
}

function* elements(values: Iterable<unknown>): Generator<string> {
  for (const value of values) yield JSON.stringify(value);
}

/** `values` as the elements of a list, each as JSON already, with commas between them. */
export function* listed(values: Iterable<string>): Generator<string> {
  let piece = "";
  let isFirst = true;
  for (const value of values) {
    piece += isFirst ? value : `,${value}`;
    isFirst = false;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}
