/**
 * The source lines of one file, read when they are asked for. What cannot be read has none: libbfd may crash at a file,
 * or never come back from it, and then does so alone.
 * @module
 */

import { AustinpError } from "../../errors.ts";
import { type LineAnswer, LineReader, QUESTION_MAX } from "../../ffi/line_reader.ts";
import type { FileAddress } from "../../types.ts";
import { CythonSources } from "./cython_source.ts";
import type { LineCache, LineKey, Lines } from "./line_cache.ts";
import type { LineFile } from "./line_file.ts";

/** What a table of lines is told besides its file. */
export interface LineTableOptions {
  /** What messages call the file. */
  readonly name: string;
  /** Told, once, why there are no lines, or no more. */
  readonly warn?: (message: string) => void;
  /** For how long an answer is waited for, in milliseconds; the first takes reading all of the file's information. */
  readonly timeoutMs?: number;
  /** Where lines that were found before are, and those that are found now will be. */
  readonly kept?: { readonly cache: LineCache; readonly key: LineKey };
}

const TIMEOUT_MS = 5_000;
/** An address that libbfd crashes at is left out, but not many of them. */
const MAX_CRASHES = 3;
/** As many addresses as a long run may bring together; beyond, they are read again. */
const MAX_KNOWN = 2 ** 18;
const NONE: LineAnswer = [];

/** Lines by file address. */
export class LineTable implements Disposable {
  readonly #file: LineFile;
  readonly #options: LineTableOptions;
  readonly #known = new Map<FileAddress, LineAnswer>();
  /** What was found before; null until that was looked at. */
  #kept: Lines | null = null;
  /** What the reader has told, and was not kept yet. */
  readonly #found = new Map<FileAddress, LineAnswer>();
  #sources: CythonSources | null = null;
  #reader: LineReader | null = null;
  /** What is being loaded: a reader is asked one question at a time. */
  #loading: Promise<void> = Promise.resolve();
  #crashes = 0;
  #dead = false;
  #isIncomplete = false;

  constructor(file: LineFile, options: LineTableOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Whether a process is reading the file, or ready to. */
  get isReading(): boolean {
    return this.#reader !== null;
  }

  /** Reads the lines of some addresses, so that `at` has them. */
  load(addresses: Iterable<FileAddress>): Promise<void> {
    const loaded = this.#loading.then(() => this.#load(addresses));
    this.#loading = loaded.catch(() => {});
    return loaded;
  }

  async #load(addresses: Iterable<FileAddress>): Promise<void> {
    if (this.#known.size > MAX_KNOWN) this.#known.clear();
    const pending = [...new Set(addresses)].filter((address) => !this.#isKnown(address)).sort((a, b) => a - b);
    while (pending.length > 0 && !this.#dead) {
      const batch = pending.splice(0, QUESTION_MAX);
      pending.unshift(...await this.#ask(batch));
    }
    for (const address of pending) this.#known.set(address, NONE);
  }

  /** The lines of an address that was loaded, innermost first; none where none is known. */
  at(address: FileAddress): LineAnswer {
    return this.#known.get(address) ?? NONE;
  }

  /** Ends the process that reads the file, which is started again when it is needed, and keeps what it has told. */
  [Symbol.dispose](): void {
    this.#endReader();
    const { kept } = this.#options;
    if (kept === undefined || this.#found.size === 0) return;
    kept.cache.write(kept.key, this.#kept = new Map([...this.#keptLines(), ...this.#found]));
    this.#found.clear();
  }

  #endReader(): void {
    this.#reader?.[Symbol.dispose]();
    this.#reader = null;
  }

  /** Whether an address needs no reader. */
  #isKnown(address: FileAddress): boolean {
    if (this.#known.has(address)) return true;
    const answer = this.#keptLines().get(address);
    if (answer === undefined) return false;
    this.#learn(address, answer);
    return true;
  }

  #keptLines(): Lines {
    const { kept } = this.#options;
    return this.#kept ??= kept === undefined ? new Map() : kept.cache.read(kept.key);
  }

  #learn(address: FileAddress, answer: LineAnswer): void {
    const sources = this.#sources ??= new CythonSources(this.#file.path);
    this.#known.set(address, answer.map((source) => sources.placeOf(source)));
  }

  /** Asks for some addresses; returns those that are to be asked for again. */
  async #ask(batch: readonly FileAddress[]): Promise<FileAddress[]> {
    const timeout = this.#options.timeoutMs ?? TIMEOUT_MS;
    const reader = this.#open();
    if (reader === null) return [...batch];
    const start = performance.now();
    const answers = await reader.ask(batch, timeout);
    if (reader.isMalformed) this.#warnOfGaps();
    for (const [i, answer] of answers.entries()) {
      this.#learn(batch[i], answer);
      if (this.#options.kept !== undefined) this.#found.set(batch[i], answer);
    }
    if (answers.length === batch.length) return [];

    this.#endReader();
    const isLate = performance.now() - start >= timeout;
    this.#known.set(batch[answers.length], NONE);
    if (isLate) this.#giveUp("reading them takes too long");
    else if (++this.#crashes >= MAX_CRASHES) this.#giveUp("libbfd crashes at its debug information");
    return batch.slice(answers.length + 1);
  }

  #open(): LineReader | null {
    try {
      return this.#reader ??= new LineReader(this.#file.path, this.#file.alternate);
    } catch (error) {
      if (!(error instanceof AustinpError)) throw error;
      this.#giveUp(error.message);
      return null;
    }
  }

  /** Says, once, that lines may be missing. */
  #warnOfGaps(): void {
    if (this.#isIncomplete) return;
    this.#isIncomplete = true;
    this.#options.warn?.(`some source lines of ${this.#options.name} are left out: its debug information is malformed`);
  }

  #giveUp(reason: string): void {
    this.#dead = true;
    this.#options.warn?.(`no source lines of ${this.#options.name}: ${reason}`);
  }
}
