import assert from "node:assert/strict";
import { checksumOf } from "../../src/unwind/debug_link.ts";
import { bytesFile } from "../../src/unwind/mapped_file.ts";

Deno.test("checksumOf() is the CRC-32 of all of a file", () => {
  using file = bytesFile(new TextEncoder().encode("123456789"));
  assert.equal(checksumOf(file), 0xcbf43926);
});

Deno.test("checksumOf() does not read a file that is larger than any with debug information", () => {
  // As a target may have one, sparse, in its own root.
  const endless = { size: 2 ** 50, readAt: () => assert.fail("it was read") };
  assert.throws(() => checksumOf(endless), RangeError);
});
