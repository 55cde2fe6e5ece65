/**
 * Files that this program brings with it. In a checkout they lie where they were written or built; the executable has
 * them embedded under the same paths.
 * @module
 */

// This file, and the bundle that tools/compile.ts makes of all of them, are both one folder below the top.
const TOP = new URL("../", import.meta.url);

/** Where the file at `path`, from the top of the checkout, is. */
export function ownFile(path: string): URL {
  return new URL(path, TOP);
}
