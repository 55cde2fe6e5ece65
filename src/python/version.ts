/**
 * Versions of CPython as its binaries state them.
 * @module
 */

/** A version of CPython. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** `a`, `b`, `rc`, or empty for a final release. */
  readonly level: "a" | "b" | "rc" | "";
  /** Number of the alpha, beta or candidate. */
  readonly serial: number;
}

const LEVELS: Readonly<Record<number, Version["level"]>> = { 0xa: "a", 0xb: "b", 0xc: "rc", 0xf: "" };

/**
 * Decodes PY_VERSION_HEX, as the exported `Py_Version` (3.11 and later) has it: CPython Include/patchlevel.h.
 * Null for a number that no release has.
 */
export function decodeVersion(hex: number): Version | null {
  const level = LEVELS[(hex >>> 4) & 0xf];
  const major = hex >>> 24;
  if (level === undefined || major < 2 || major > 3) return null;
  return { major, minor: (hex >>> 16) & 0xff, patch: (hex >>> 8) & 0xff, level, serial: hex & 0xf };
}

/** As CPython writes it: `3.11.7`, `3.14.0rc2`. */
export function formatVersion(version: Version): string {
  const { major, minor, patch, level, serial } = version;
  return `${major}.${minor}.${patch}${level}${level ? serial : ""}`;
}
