/**
 * `--convert`: MOJO in, collapsed text out, as the run itself would have written it.
 * @module
 */

import { MojoReader, type Recorded } from "../input/mojo.ts";
import { CollapsedFormatter } from "../output/collapsed.ts";
import { metadataLine } from "../output/metadata.ts";
import type { Writer } from "../output/writer.ts";
import type { Mode } from "../types.ts";
import type { Platform } from "./platform.ts";

const MODES: readonly Mode[] = ["wall", "cpu", "memory", "full"];
/** The first key behind the samples. */
const CLOSING = "duration";
/** A few bytes of MOJO may stand for long stacks, so text is written before all of a piece is read. */
const FLUSHED_CHARACTERS = 2 ** 20;

/**
 * Converts the file at `path`, `-` being standard input.
 *
 * @throws {InputError} where it cannot be read on; all before that has been written then.
 * @throws {OutputError} as `Writer.flush`.
 */
export async function convert(
  path: string,
  { platform, writer }: { platform: Pick<Platform, "readFile">; writer: Writer },
): Promise<void> {
  const reader = new MojoReader();
  const text = new RecordedText();
  let pending = 0;
  async function write(recorded: Iterable<Recorded>): Promise<void> {
    for (const one of recorded) {
      const line = text.of(one);
      writer.write(line);
      pending += line.length;
      if (pending < FLUSHED_CHARACTERS) continue;
      await writer.flush();
      pending = 0;
    }
  }
  try {
    for await (const piece of platform.readFile(path)) {
      await write(reader.read(piece));
      await writer.flush();
    }
    await write(reader.end());
  } finally {
    writer.write(text.end());
    await writer.flush();
  }
}

const PARTS = ["header", "samples", "closing"] as const;
type Part = typeof PARTS[number];

/** Puts the empty lines where readers look for them. */
class RecordedText {
  #formatter = new CollapsedFormatter();
  #part: Part = "header";

  /** The text of one piece, with its line ends. */
  of(recorded: Recorded): string {
    if (recorded.kind === "sample") return this.#enter("samples") + this.#formatter.line(recorded.sample);
    const { key, value } = recorded;
    const mode = MODES.find((mode) => mode === value);
    if (key === "mode" && mode !== undefined) this.#formatter = new CollapsedFormatter(mode);
    return (key === CLOSING ? this.#enter("closing") : "") + metadataLine(key, value);
  }

  /** What is left to say. */
  end(): string {
    return this.#part === "closing" ? "\n" : this.#enter("closing");
  }

  /** An empty line for each part that ends. */
  #enter(part: Part): string {
    const ended = PARTS.indexOf(part) - PARTS.indexOf(this.#part);
    if (ended <= 0) return "";
    this.#part = part;
    return "\n".repeat(ended);
  }
}
