/**
 * Loads libbfd when it is imported, before any test runs: it stays loaded, which Deno's sanitizers take for a leak of
 * the test that needs it first.
 * @module
 */

import { LineReader } from "../../../src/ffi/line_reader.ts";

new LineReader("/proc/self/exe", null)[Symbol.dispose]();
