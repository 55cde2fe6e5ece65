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

Deno.test("Writer.flush() leaves whole chunks in a file that cannot grow", async () => {
  for (const [room, left] of [[0, ""], [5, ""], [6, "first\n"], [15, "first\n"], [16, "first\nsecond é\n"]] as const) {
    let file = new Uint8Array(0);
    const writer = new Writer({
      write(bytes) {
        if (file.length === room) return Promise.reject(new Error("No space left on device (os error 28)"));
        const taken = bytes.subarray(0, room - file.length);
        file = new Uint8Array([...file, ...taken]);
        return Promise.resolve(taken.length);
      },
      truncate: (size) => Promise.resolve(void (file = file.slice(0, size))),
    }, "there");
    writer.write("first\n");
    await writer.flush().then(() => {}, () => {});
    writer.write("second é\n");
    writer.write(new Uint8Array([1, 2, 3]));
    await assert.rejects(writer.flush(), OutputError);
    assert.equal(new TextDecoder().decode(file), left.slice(0, room), `room for ${room}`);
  }
});
