import assert from "node:assert/strict";
import { ClosedOutputError, OutputError } from "../../src/errors.ts";
import { systemReason, Writer } from "../../src/output/writer.ts";

Deno.test("Writer.flush() writes in order what was collected, however little the sink takes at a time", async () => {
  const sink = new Sink(3);
  const writer = new Writer(sink, "here");
  writer.write("# austin: 3.7.0\n");
  writer.write("τ🚀\n");
  assert.equal(sink.text, "");
  await writer.flush();
  assert.equal(sink.text, "# austin: 3.7.0\nτ🚀\n");
  await writer.flush();
  assert.equal(sink.text, "# austin: 3.7.0\nτ🚀\n");
});

Deno.test("Writer.flush() waits for a descriptor that would block", async () => {
  const sink = new Sink(2, [new Deno.errors.WouldBlock(), null, new Deno.errors.WouldBlock()]);
  const writer = new Writer(sink, "here");
  writer.write("abcdef");
  await writer.flush();
  assert.equal(sink.text, "abcdef");
});

Deno.test("Writer.flush() tells a reader that went away from other failures", async () => {
  const gone = new Writer(new Sink(9, [new Deno.errors.BrokenPipe("Broken pipe (os error 32)")]), "here");
  gone.write("x");
  await assert.rejects(gone.flush(), ClosedOutputError);
});

Deno.test("Writer.flush() reports a full disk", async () => {
  using file = Deno.openSync("/dev/full", { write: true });
  const writer = new Writer(file, "the output file '/dev/full'");
  writer.write("x");
  const message = "Cannot write to the output file '/dev/full': No space left on device";
  await assert.rejects(writer.flush(), (error) => error instanceof OutputError && error.message === message);
});

Deno.test("systemReason() keeps what people can read", () => {
  assert.equal(systemReason(new Error("Is a directory (os error 21): open '/tmp'")), "Is a directory");
  assert.equal(systemReason(new Error("other")), "other");
  assert.equal(systemReason("text"), "text");
});

/** Takes a few bytes at a time; fails, where told to, before it takes any. */
class Sink {
  readonly #taken: number[] = [];

  constructor(readonly size: number, readonly failures: (Error | null)[] = []) {}

  get text(): string {
    return new TextDecoder().decode(new Uint8Array(this.#taken));
  }

  write(bytes: Uint8Array): Promise<number> {
    const failure = this.failures.shift();
    if (failure) return Promise.reject(failure);
    const part = bytes.subarray(0, this.size);
    this.#taken.push(...part);
    return Promise.resolve(part.length);
  }
}
