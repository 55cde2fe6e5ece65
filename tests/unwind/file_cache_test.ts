import assert from "node:assert/strict";
import { FileCache, type FileRequest } from "../../src/unwind/file_cache.ts";
import { bytesFile } from "../../src/unwind/mapped_file.ts";
import { mapping } from "../output/fixtures.ts";

const FILE = Deno.readFileSync("/bin/true");
const FIRST = mapping(0x400000, "/usr/bin/x");

/** A file that is an ELF file; counts how often it is opened and closed. */
function scene(memory: Uint8Array = FILE) {
  const counts = { opened: 0, closed: 0 };
  const request: FileRequest = {
    first: FIRST,
    readMemory: (address, into) => {
      into.set(memory.subarray(address - FIRST.start, address - FIRST.start + into.length));
      return true;
    },
    options: { path: FIRST.path },
    open: () => {
      counts.opened++;
      return { ...bytesFile(FILE), [Symbol.dispose]: () => counts.closed++ };
    },
  };
  return { counts, request };
}

Deno.test("FileCache opens a file once for all who have it mapped, and keeps it for the next", () => {
  const { counts, request } = scene();
  {
    using files = new FileCache();
    const file = files.acquire("a", request);
    assert.equal(files.acquire("a", request), file);
    assert.notEqual(files.acquire("b", request), file);
    assert.deepEqual(counts, { opened: 2, closed: 0 });
    files.release("a", file!);
    files.release("a", file!);
    assert.equal(files.acquire("a", request), file);
    assert.deepEqual(counts, { opened: 2, closed: 0 });
  }
  assert.deepEqual(counts, { opened: 2, closed: 2 });
});

Deno.test("FileCache closes the spare file that was given back first when there are many", () => {
  const { counts, request } = scene();
  using files = new FileCache();
  const kept = files.acquire("kept", request)!;
  for (let i = 0; i < 70; i++) files.release(`spare ${i}`, files.acquire(`spare ${i}`, request)!);
  assert.deepEqual(counts, { opened: 71, closed: 70 - 64 });
  assert.equal(files.acquire("kept", request), kept);
  assert.notEqual(files.acquire("spare 69", request), null);
  assert.equal(counts.opened, 71);
  files.acquire("spare 0", request);
  assert.equal(counts.opened, 72);
});

Deno.test("FileCache does not take another file of the same identity for it", () => {
  const { request } = scene();
  const stranger = scene(FILE.map((byte, i) => i === 4000 ? byte ^ 1 : byte));
  using files = new FileCache();
  const file = files.acquire("a", request);
  const other = files.acquire("a", stranger.request)!;
  assert.notEqual(other, file);
  files.release("a", other);
  assert.deepEqual(stranger.counts, { opened: 1, closed: 1 });
  assert.equal(files.acquire("a", request), file);
});

Deno.test("FileCache shares nothing that is read from a process's memory, and nothing that is no ELF file", () => {
  const { counts, request } = scene();
  using files = new FileCache();
  const open = () => ({ ...request.open()!, mappedAt: FIRST });
  const one = files.acquire("a", { ...request, open })!;
  assert.notEqual(files.acquire("a", { ...request, open }), one);
  assert.equal(files.acquire("gone", { ...request, open: () => null }), undefined);
  const text = () => bytesFile(new Uint8Array(5000));
  assert.equal(files.acquire("text", { ...request, open: text }), null);
  files.release("a", one);
  assert.deepEqual(counts, { opened: 2, closed: 1 });
});
