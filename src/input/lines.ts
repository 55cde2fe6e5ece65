/**
 * Lines of text, from bytes that come in pieces.
 * @module
 */

/** Far beyond the longest stack: what has no newline for so long is no text of ours. In UTF-16 units. */
export const LONGEST_LINE = 2 ** 24;

/** Cuts pieces of UTF-8 of any size into lines; what is not UTF-8 becomes U+FFFD. A line that is too long loses its end. */
export class LineReader {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The beginning of a line whose end has not come. */
  #rest: string[] = [];
  #restLength = 0;

  /** The lines that end in this piece, without their ends. */
  *read(piece: Uint8Array): Generator<string> {
    const text = this.#decoder.decode(piece, { stream: true });
    let start = 0;
    for (let end; (end = text.indexOf("\n", start)) >= 0; start = end + 1) {
      yield this.#take(text.slice(start, end));
    }
    this.#keep(text.slice(start));
  }

  /** What is left at the end of the file; null where the last line has ended. */
  end(): string | null {
    this.#keep(this.#decoder.decode());
    return this.#restLength === 0 ? null : this.#take("");
  }

  #keep(text: string): void {
    // Of a line without an end, no more is kept than shows that it is none of ours.
    if (text === "" || this.#restLength > LONGEST_LINE) return;
    this.#rest.push(text);
    this.#restLength += text.length;
  }

  #take(end: string): string {
    if (this.#restLength === 0) return end;
    const line = this.#rest.join("") + end;
    this.#rest = [];
    this.#restLength = 0;
    return line;
  }
}
