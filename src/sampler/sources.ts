/**
 * What names come from besides the processes themselves, shared by all that are looked at together.
 * @module
 */

import { Debuginfod, debuginfodOptions } from "../unwind/debuginfod.ts";
import { cacheFolder } from "../unwind/disk_cache.ts";
import { FileCache } from "../unwind/file_cache.ts";
import { LineCache } from "../unwind/lines/line_cache.ts";
import { SymbolCache } from "../unwind/symbols/symbol_cache.ts";

/** Files that were opened, and servers that the user has named. */
export class Sources implements Disposable {
  /** Each file is read once, whoever has it mapped. */
  readonly files: FileCache = new FileCache();
  /** Where debug files come from, if the user has named a place. */
  readonly debuginfod: Debuginfod | undefined;
  /** Where what is worked out of many symbols is kept, if there is a place for it. */
  readonly symbolCache: SymbolCache | undefined;
  /** The same for source lines. */
  readonly lineCache: LineCache | undefined;

  constructor() {
    const environment = (name: string) => Deno.env.get(name);
    const [symbols, lines] = ["symbols", "lines"].map((kind) => cacheFolder(kind, environment));
    this.symbolCache = symbols === null ? undefined : new SymbolCache(symbols);
    this.lineCache = lines === null ? undefined : new LineCache(lines);
    const options = debuginfodOptions(environment);
    this.debuginfod = options === null ? undefined : new Debuginfod(options);
  }

  /** Ends what is being fetched and closes all files. */
  [Symbol.dispose](): void {
    this.debuginfod?.[Symbol.dispose]();
    this.files[Symbol.dispose]();
  }
}
