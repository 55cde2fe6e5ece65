/**
 * Messages to a local socket, as syslogd has one.
 * @module
 */

import { loadShim } from "./library.ts";

const SYMBOLS = {
  // int32_t datagram_send(const uint8_t *path, const uint8_t *bytes, uint32_t size): 0 or -errno
  datagram_send: { parameters: ["buffer", "buffer", "u32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Sends one message to the datagram socket at `path`, without waiting for room there. Returns whether it was taken:
 * that nobody listens is an expected outcome.
 */
export function sendDatagram(path: string, message: Uint8Array): boolean {
  const name = new TextEncoder().encode(`${path}\0`);
  return loadShim(SYMBOLS).datagram_send(name, message as Uint8Array<ArrayBuffer>, message.length) === 0;
}
