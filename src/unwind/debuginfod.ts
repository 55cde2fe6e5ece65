/**
 * Debug files from debuginfod servers, where the user has named some. Source: debuginfod-client(8) and
 * debuginfod_find_debuginfo(3) of elfutils, whose variables and cache this uses: what gdb has fetched is there, too.
 *
 *     GET URL/buildid/BUILDID/debuginfo
 *
 * Nothing waits for a server but who asks to: a file is missing until it has come.
 * @module
 */

import type { ByteCount } from "../types.ts";
import { buildId } from "./build_id.ts";
import { type DebugFile, openDebugFile } from "./debug_files.ts";

/** How to reach servers. */
export interface DebuginfodOptions {
  readonly urls: readonly string[];
  /** Where fetched files are kept, by build-id. */
  readonly cache: string;
  /** Gives a transfer up that has brought nothing for so long. */
  readonly patience_ms: number;
  /** Gives it up when it is larger. */
  readonly maxSize: ByteCount;
}

const DEFAULT_PATIENCE_S = 90;
const DEFAULT_MAX_SIZE: ByteCount = 4 * 2 ** 30;
/** Transfers at a time. */
const PARALLEL = 4;
const BUILD_ID = /^[0-9a-f]{4,128}$/;

/** What the environment says, as for elfutils; null where it names no server, and then nothing is ever fetched. */
export function debuginfodOptions(environment: (name: string) => string | undefined): DebuginfodOptions | null {
  const urls = (environment("DEBUGINFOD_URLS") ?? "").split(/\s+/).filter((url) => /^https?:\/\//.test(url));
  const home = environment("XDG_CACHE_HOME") || `${environment("HOME") || "/root"}/.cache`;
  if (urls.length === 0) return null;
  return {
    urls: urls.map((url) => url.replace(/\/$/, "")),
    cache: environment("DEBUGINFOD_CACHE_PATH") || `${home}/debuginfod_client`,
    patience_ms: positive(environment("DEBUGINFOD_TIMEOUT"), DEFAULT_PATIENCE_S) * 1000,
    maxSize: positive(environment("DEBUGINFOD_MAXSIZE"), DEFAULT_MAX_SIZE),
  };
}

function positive(text: string | undefined, otherwise: number): number {
  const value = Number(text ?? "");
  return value > 0 ? value : otherwise;
}

/** Fetches debug files in the background. */
export class Debuginfod implements Disposable {
  readonly #options: DebuginfodOptions;
  readonly #asked = new Set<string>();
  readonly #waiting: string[] = [];
  readonly #transfers = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #arrivals = 0;

  constructor(options: DebuginfodOptions) {
    this.#options = options;
  }

  /** How many files have come: what was not there before may be there when this changes. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /** The debug file of that build-id if it is in the cache; else it is asked for, and may be there later. */
  find(id: string): DebugFile | null {
    if (!BUILD_ID.test(id)) return null;
    const file = openDebugFile(this.#place(id), (elf) => buildId(elf) === id);
    if (file === null && !this.#asked.has(id)) {
      this.#asked.add(id);
      this.#waiting.push(id);
      this.#start();
    }
    return file;
  }

  /** Whether nothing is to come any more of what was asked for. */
  get isSettled(): boolean {
    return this.#transfers.size === 0;
  }

  /** Waits until all that was asked for has come or failed, for a time. Whether anything has come meanwhile. */
  async settle(limit_ms: number): Promise<boolean> {
    const before = this.#arrivals;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((resolve) => timer = setTimeout(() => resolve("late"), limit_ms));
    while (!this.isSettled) {
      if (await Promise.race([late, ...this.#transfers]) === "late") break;
    }
    clearTimeout(timer);
    return this.#arrivals !== before;
  }

  /** Ends all transfers. */
  [Symbol.dispose](): void {
    this.#waiting.length = 0;
    this.#abort.abort();
  }

  #place(id: string): string {
    return `${this.#options.cache}/${id}/debuginfo`;
  }

  #start(): void {
    while (this.#transfers.size < PARALLEL && this.#waiting.length > 0) {
      const transfer: Promise<void> = this.#fetch(this.#waiting.shift()!).finally(() => {
        this.#transfers.delete(transfer);
        this.#start();
      });
      this.#transfers.add(transfer);
    }
  }

  /** Asks one server after another. What fails is a file that is not there: servers come and go. */
  async #fetch(id: string): Promise<void> {
    for (const url of this.#options.urls) {
      if (this.#abort.signal.aborted) return;
      if (await this.#transfer(`${url}/buildid/${id}/debuginfo`, id).catch(() => false)) {
        this.#arrivals++;
        return;
      }
    }
  }

  /** Whether the file has come, and is the one that was asked for. */
  async #transfer(url: string, id: string): Promise<boolean> {
    const place = this.#place(id);
    const part = `${place}.${crypto.randomUUID().slice(0, 8)}`;
    using patience = new Patience(this.#options.patience_ms);
    const response = await fetch(url, { signal: AbortSignal.any([patience.signal, this.#abort.signal]) });
    try {
      const size = Number(response.headers.get("content-length") ?? 0);
      if (!response.ok || response.body === null || size > this.#options.maxSize) return false;
      await Deno.mkdir(place.slice(0, place.lastIndexOf("/")), { recursive: true, mode: 0o700 });
      await this.#save(response.body, { part, patience });
      using file = openDebugFile(part, (elf) => buildId(elf) === id);
      if (file === null) return false;
      await Deno.rename(part, place);
      return true;
    } finally {
      await response.body?.cancel().catch(() => {});
      await Deno.remove(part).catch(() => {});
    }
  }

  async #save(
    body: ReadableStream<Uint8Array>,
    { part, patience }: { part: string; patience: Patience },
  ): Promise<void> {
    using file = await Deno.open(part, { write: true, createNew: true, mode: 0o600 });
    const writer = file.writable.getWriter();
    let size = 0;
    try {
      for await (const chunk of body) {
        patience.renew();
        size += chunk.length;
        if (size > this.#options.maxSize) throw new RangeError(`Cannot fetch ${part}: it is larger than allowed`);
        await writer.write(chunk);
      }
    } finally {
      writer.releaseLock();
    }
  }
}

/** Aborts what makes no progress. */
class Patience implements Disposable {
  readonly #controller = new AbortController();
  readonly #limit_ms: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limit_ms: number) {
    this.#limit_ms = limit_ms;
    this.renew();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** There was progress. */
  renew(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(), this.#limit_ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
