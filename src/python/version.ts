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
  /** Number of the alpha, beta or candidate; 0 of a final release. */
  readonly serial: number;
}

const LEVELS: Readonly<Record<number, Version["level"]>> = { 0xa: "a", 0xb: "b", 0xc: "rc", 0xf: "" };

// `Py_GetVersion()`, which is sys.version: number, build information in parentheses, compiler in brackets.
// Python/getversion.c; 3.13 and later put "experimental free-threading build " (3.14: without the first word) between.
const BANNER =
  /([23])\.(\d{1,2})\.(\d{1,2})(?:(a|b|rc)(\d{1,2}))?\+? (?:(?:experimental )?free-threading build )?\([^()]{1,80}\) ?\n?\[/;

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

/** Finds a version in the text of `sys.version` somewhere in `text`, or null. */
export function findVersion(text: string): Version | null {
  const match = BANNER.exec(text);
  if (match === null) return null;
  const [, major, minor, patch, level = "", serial = "0"] = match;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    level: level as Version["level"],
    serial: Number(serial),
  };
}

/** As CPython writes it: `3.11.7`, `3.14.0rc2`. */
export function formatVersion(version: Version): string {
  const { major, minor, patch, level, serial } = version;
  return `${major}.${minor}.${patch}${level}${level ? serial : ""}`;
}
