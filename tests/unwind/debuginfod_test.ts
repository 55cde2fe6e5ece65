/** Debug files from a server: one that has them, and ones that do harm. */

import assert from "node:assert/strict";
import { buildId } from "../../src/unwind/build_id.ts";
import { Debuginfod, type DebuginfodOptions, debuginfodOptions } from "../../src/unwind/debuginfod.ts";
import { openRegular } from "../../src/unwind/mapped_file.ts";
import { ModuleFile } from "../../src/unwind/module_file.ts";
import "../support/shim.ts";
import { buildProgram, splitDebug, strip } from "./corpus.ts";
import { elfOf, temporaryFolder, Truth } from "./support.ts";

const PATIENCE_MS = 20_000;

/** A stripped program, what was stripped from it, and a folder for the cache. */
class Program implements Disposable {
  readonly #folder = temporaryFolder();
  readonly stripped = `${this.#folder.path}/stripped`;
  readonly cache = `${this.#folder.path}/cache/debuginfod_client`;
  readonly debug: Uint8Array<ArrayBuffer>;
  readonly id: string;
  /** An address that only the debug file names. */
  readonly hidden: number;

  constructor() {
    const full = `${this.#folder.path}/full`;
    buildProgram(full, ["-O2"]);
    strip(full, this.stripped);
    splitDebug(full, `${full}.debug`);
    this.debug = Deno.readFileSync(`${full}.debug`);
    this.id = buildId(elfOf(full))!;
    this.hidden = new Truth(full).start("_ZL6hiddeni");
  }

  get fetched(): string {
    return `${this.cache}/${this.id}/debuginfo`;
  }

  client(fields: Partial<DebuginfodOptions>): Debuginfod {
    return new Debuginfod({ urls: [], cache: this.cache, patience_ms: PATIENCE_MS, maxSize: 2 ** 30, ...fields });
  }

  module(debuginfod: Debuginfod): ModuleFile {
    return new ModuleFile(openRegular(this.stripped)!, { path: this.stripped, debuginfod });
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** A server on this machine, and what it was asked for. */
function serve(answer: (request: Request) => Response | Promise<Response>) {
  const paths: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    paths.push(new URL(request.url).pathname);
    return answer(request);
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  return { url, paths, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("Debuginfod fetches a debug file, once, and names change when it has come", async () => {
  using program = new Program();
  await using server = serve(() => new Response(program.debug));
  await using broken = serve(() => new Response("no", { status: 500 }));
  const urls = ["http://127.0.0.1:1", broken.url, server.url];
  using debuginfod = program.client({ urls });
  using module = program.module(debuginfod);
  const name = () => module.names.lookup(program.hidden, program.hidden)?.name ?? null;
  assert.deepEqual([name(), name(), debuginfod.arrivals, debuginfod.isSettled], [null, null, 0, false]);
  assert.ok(await debuginfod.settle(PATIENCE_MS));
  assert.deepEqual([name(), debuginfod.arrivals, debuginfod.isSettled], ["_ZL6hiddeni", 1, true]);
  assert.deepEqual([server.paths, broken.paths], [[`/buildid/${program.id}/debuginfo`], [
    `/buildid/${program.id}/debuginfo`,
  ]]);
  assert.deepEqual(Array.from(Deno.readDirSync(`${program.cache}/${program.id}`), ({ name }) => name), ["debuginfo"]);

  using again = program.client({ urls });
  using second = program.module(again);
  assert.equal(second.names.lookup(program.hidden, program.hidden)?.name, "_ZL6hiddeni");
  assert.ok(again.isSettled && server.paths.length === 1);
});

Deno.test("Debuginfod keeps nothing that is not the file that was asked for", async (t) => {
  using program = new Program();
  const wrong = program.debug.slice();
  const at = indexOf(wrong, program.id);
  wrong[at] ^= 1;
  const rows: [string, () => Response, Partial<DebuginfodOptions>][] = [
    ["no such file", () => new Response("not found", { status: 404 }), {}],
    ["of another build", () => new Response(wrong), {}],
    ["no ELF file", () => new Response("<html>"), {}],
    ["nothing", () => new Response(""), {}],
    ["cut off", () => new Response(program.debug.slice(0, -200)), {}],
    ["too large, as it says", () => new Response(program.debug), { maxSize: 100 }],
    ["too large, as it turns out", () => new Response(endless(program.debug)), { maxSize: program.debug.length * 2 }],
    ["that never comes", () => new Response(new ReadableStream()), { patience_ms: 50 }],
  ];
  for (const [name, answer, fields] of rows) {
    await t.step(name, async () => {
      await using server = serve(answer);
      using debuginfod = program.client({ urls: [server.url], ...fields });
      assert.equal(debuginfod.find(program.id), null);
      assert.equal(await debuginfod.settle(PATIENCE_MS), false);
      assert.ok(debuginfod.isSettled && server.paths.length === 1);
      assert.equal(debuginfod.find(program.id), null);
      assert.ok(debuginfod.isSettled, "it is not asked for again");
      assert.deepEqual(leftOver(program), []);
    });
  }
});

Deno.test("Debuginfod.settle() waits no longer than it is told, and disposing ends a transfer", async () => {
  using program = new Program();
  await using server = serve(() => new Response(new ReadableStream()));
  const debuginfod = program.client({ urls: [server.url] });
  assert.equal(debuginfod.find(program.id), null);
  assert.equal(await debuginfod.settle(1), false);
  assert.equal(debuginfod.isSettled, false);
  debuginfod[Symbol.dispose]();
  await debuginfod.settle(PATIENCE_MS);
  assert.ok(debuginfod.isSettled);
  assert.deepEqual(leftOver(program), []);
});

Deno.test("Debuginfod asks for nothing but build-ids", async () => {
  using program = new Program();
  await using server = serve(() => new Response(program.debug));
  using debuginfod = program.client({ urls: [server.url] });
  for (const id of ["", "../../etc/passwd", "ab", "zz".repeat(20), "a".repeat(200)]) {
    assert.equal(debuginfod.find(id), null);
  }
  assert.ok(debuginfod.isSettled);
  assert.deepEqual(server.paths, []);
});

Deno.test("debuginfodOptions() reads the variables of elfutils", async (t) => {
  const DEFAULTS = { patience_ms: 90_000, maxSize: 2 ** 32 };
  const url = "https://debuginfod.example";
  const rows: [string, Record<string, string>, DebuginfodOptions | null][] = [
    ["none", { HOME: "/home/me" }, null],
    ["empty", { DEBUGINFOD_URLS: "  " }, null],
    ["no address of a server", { DEBUGINFOD_URLS: "file:///etc ftp://x" }, null],
    ["one", { DEBUGINFOD_URLS: `${url}/`, HOME: "/home/me" }, {
      urls: [url],
      cache: "/home/me/.cache/debuginfod_client",
      ...DEFAULTS,
    }],
    ["all", {
      DEBUGINFOD_URLS: `http://a ${url}`,
      XDG_CACHE_HOME: "/c",
      DEBUGINFOD_TIMEOUT: "3",
      DEBUGINFOD_MAXSIZE: "1000",
    }, { urls: ["http://a", url], cache: "/c/debuginfod_client", patience_ms: 3_000, maxSize: 1000 }],
    ["a cache of its own", {
      DEBUGINFOD_URLS: url,
      XDG_CACHE_HOME: "/c",
      DEBUGINFOD_CACHE_PATH: "/d",
      DEBUGINFOD_TIMEOUT: "x",
    }, {
      urls: [url],
      cache: "/d",
      ...DEFAULTS,
    }],
  ];
  for (const [name, variables, expected] of rows) {
    await t.step(name, () => assert.deepEqual(debuginfodOptions((variable) => variables[variable]), expected));
  }
});

/** What failed transfers have left in the cache. */
function leftOver({ cache, id }: Program): string[] {
  try {
    return Array.from(Deno.readDirSync(`${cache}/${id}`), ({ name }) => name);
  } catch {
    return [];
  }
}

function endless(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(bytes) });
}

function indexOf(bytes: Uint8Array, id: string): number {
  const wanted = Array.from(id.matchAll(/../g), ([byte]) => parseInt(byte, 16));
  for (let at = 0; at < bytes.length; at++) if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  throw new Error("Cannot find the build-id");
}
