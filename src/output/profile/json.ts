/**
 * Long lists as JSON, in pieces: the whole may not fit into one string.
 * @module
 */

const PIECE = 2 ** 16;

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
