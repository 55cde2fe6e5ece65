/**
 * `--resolve`: samples in, as text or MOJO; the same out as text, with the source lines of native frames.
 * @module
 */

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

const MAGIC = "MOJ";

/**
 * Resolves the file at `path`, `-` being standard input.
 *
 * @throws {InputError} where it cannot be read on; all before that has been written then.
 * @throws {OutputError} as `Writer.flush`.
 */
export async function resolve(
  path: string,
  { engine, platform, writer, debugFolder, warn }: ResolveSurroundings,
): Promise<void> {
  using resolver = engine.resolver({ folders: debugFolder === null ? [] : [debugFolder], warn });
  const sink = new ResolvingSink(resolver, writer);
  const pieces = platform.readFile(path)[Symbol.asyncIterator]();
  const first = await pieces.next();
  const all = async function* (): AsyncGenerator<Uint8Array> {
    for (let next = first; !next.done; next = await pieces.next()) yield next.value;
  };
  if (!first.done && isMojo(first.value)) {
    const text = new Writer(sink, "the resolver");
    await convert(path, {
      platform: { readFile: all },
      writer: text,
      format: "collapsed",
      mojo: 3,
      shape: WHOLE,
      warn,
    });
  } else {
    for await (const piece of all()) await sink.write(piece);
  }
  await sink.end();
  if (!resolver.hasModules) warn("nothing was resolved: the file has no build-id metadata, which austinp writes");
}

function isMojo(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, MAGIC.length)) === MAGIC;
}

/** Cuts text into lines, and writes them on as they are resolved. */
class ResolvingSink implements ByteSink {
  readonly #resolver: LineTextResolver;
  readonly #writer: Writer;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(resolver: LineTextResolver, writer: Writer) {
    this.#resolver = resolver;
    this.#writer = writer;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop()!;
    for (const line of await this.#resolver.resolve(lines)) this.#writer.write(`${line}\n`);
    await this.#writer.flush();
    return bytes.length;
  }

  /** Writes a last line that has no end. */
  async end(): Promise<void> {
    const [line] = await this.#resolver.resolve([this.#rest + this.#decoder.decode()]);
    this.#writer.write(line);
    await this.#writer.flush();
  }
}
