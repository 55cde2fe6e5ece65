/**
 * What tools, tests and benches ask of the file system.
 * @module
 */

/** Whether there is a regular file at `path`, through symbolic links. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** When the file was last written, in milliseconds since the epoch; -1 if there is none. */
export function modified(path: string): number {
  try {
    return Deno.statSync(path).mtime!.getTime();
  } catch (error) {
    if (isMissing(error)) return -1;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
