/**
 * Loads the shim when it is imported, before any test runs: it stays loaded, which Deno's sanitizers take for a leak of
 * the test that needs it first.
 * @module
 */

import { LaunchError } from "../../src/errors.ts";
import { Child } from "../../src/ffi/child.ts";
import { demangle } from "../../src/ffi/demangler.ts";
import { giveBackFreed } from "../../src/ffi/heap.ts";
import { renice } from "../../src/ffi/priority.ts";
import { Session } from "../../src/ffi/session.ts";
import { StackUnwinder } from "../../src/ffi/unwinder.ts";
import { decompressXz } from "../../src/ffi/xz.ts";

new Session(Deno.pid)[Symbol.dispose]();
new StackUnwinder()[Symbol.dispose]();
demangle("_Z1fv", { parameters: true });
giveBackFreed();
renice(0);
try {
  decompressXz(new Uint8Array(), 0);
} catch (error) {
  if (!(error instanceof SyntaxError)) throw error;
}
try {
  new Child(["/nonexistent"], true);
} catch (error) {
  if (!(error instanceof LaunchError)) throw error;
}
