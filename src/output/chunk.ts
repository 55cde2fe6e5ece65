/**
 * Pieces of what is written.
 * @module
 */

/** Text, which is written as UTF-8, or bytes. */
export type Chunk = string | Uint8Array;

const encoder = new TextEncoder();

/** The bytes of pieces, one behind the other. */
export function encodeChunks(chunks: readonly Chunk[]): Uint8Array {
  // Runs of text are encoded in one piece.
  if (chunks.every((chunk) => typeof chunk === "string")) return encoder.encode(chunks.join(""));
  const parts = chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
