/**
 * `--resolve`: samples in, as text or MOJO; the same out as text, with the source lines of native frames.
 * @module
 */

import { InputError } from "../errors.ts";
import { LineReader, LONGEST_LINE } from "../input/lines.ts";
import { isMojo, MAGIC } from "../mojo_events.ts";
import { WHOLE } from "../output/shape.ts";
import { type ByteSink, Writer } from "../output/writer.ts";
import { convert } from "./convert.ts";
import type { Engine, LineTextResolver } from "./engine.ts";
import type { Platform } from "./platform.ts";

/** What the work stands on. */
export interface ResolveSurroundings {
  readonly engine: Engine;
  readonly platform: Pick<Platform, "readFile">;
  readonly writer: Writer;
  /** Folder of debug files that is asked first; null for this machine's own alone. */
  readonly debugFolder: string | null;
  readonly warn: (message: string) => void;
}

/**
 * Resolves the file at `path`, `-` being standard input.
 *
 * @throws {InputError} where it cannot be read on, or has a line that is too long; all before has been written then.
 * @throws {OutputError} as `Writer.flush`.
 */
export async function resolve(
  path: string,
  { engine, platform, writer, debugFolder, warn }: ResolveSurroundings,
): Promise<void> {
  using resolver = engine.resolver({ folders: debugFolder === null ? [] : [debugFolder], warn });
  const sink = new ResolvingSink(resolver, writer);
  const pieces = withWholeMagic(platform.readFile(path));
  const first = await pieces.next();
  async function* all(): AsyncGenerator<Uint8Array> {
    if (!first.done) yield first.value;
    yield* pieces;
  }
  if (!first.done && isMojo(first.value)) {
    const text = new Writer(sink, "the resolver");
    const form = { format: "collapsed", mojo: 3, shape: WHOLE } as const;
    await convert(path, { platform: { readFile: all }, writer: text, ...form, warn });
  } else {
    for await (const piece of all()) await sink.write(piece);
  }
  await sink.end();
  if (!resolver.hasModules) warn("nothing was resolved: the file has no build-id metadata, which austinp writes");
}

/** The pieces of a file; the first is long enough to tell its form, if all together are. */
async function* withWholeMagic(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let beginning: Uint8Array | null = new Uint8Array(0);
  for await (const piece of pieces) {
    if (beginning === null) {
      yield piece;
      continue;
    }
    beginning = new Uint8Array([...beginning, ...piece]);
    if (beginning.length < MAGIC.length) continue;
    yield beginning;
    beginning = null;
  }
  if (beginning !== null) yield beginning;
}

/** Cuts text into lines, and writes them on as they are resolved. */
class ResolvingSink implements ByteSink {
  readonly #resolver: LineTextResolver;
  readonly #writer: Writer;
  readonly #lines = new LineReader();

  constructor(resolver: LineTextResolver, writer: Writer) {
    this.#resolver = resolver;
    this.#writer = writer;
  }

  /** @throws {InputError} at a line that is too long */
  async write(bytes: Uint8Array): Promise<number> {
    await this.#resolve([...this.#lines.read(bytes)], "\n");
    return bytes.length;
  }

  /** Writes a last line that has no end. @throws {InputError} if it is too long */
  async end(): Promise<void> {
    const rest = this.#lines.end();
    await this.#resolve(rest === null ? [] : [rest], "");
  }

  async #resolve(lines: readonly string[], end: "\n" | ""): Promise<void> {
    if (lines.some(({ length }) => length > LONGEST_LINE)) {
      throw new InputError(`Cannot resolve a line of more than ${LONGEST_LINE} characters`, 0);
    }
    for (const line of await this.#resolver.resolve(lines)) this.#writer.write(line + end);
    await this.#writer.flush();
  }
}
