/**
 * Reading files of procfs: text in one piece, and what their failures mean.
 * @module
 */

/** Reads a file as text; bytes that are not UTF-8 become U+FFFD. Throws as `Deno.readTextFileSync` does. */
export type ReadText = (path: string) => string;

/** ESRCH, as Rust's standard library writes it. */
const NO_SUCH_PROCESS = /\(os error 3\)/;

/** Reads a file, or null where it cannot be read for whatever reason. */
export function readTextOrNull(path: string, readText: ReadText = Deno.readTextFileSync): string | null {
  try {
    return readText(path);
  } catch {
    return null;
  }
}

/**
 * Whether a failed read means that the process or task has ended. A file of procfs that was opened while its task
 * lived answers ESRCH afterwards, for which Deno has no class of its own, and, in 2.4, no code either.
 */
export function isGone(error: unknown): boolean {
  if (error instanceof Deno.errors.NotFound) return true;
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === "ESRCH") || NO_SUCH_PROCESS.test(error.message);
}

/** Whether a failed read means that this process may not read the file. */
export function isDenied(error: unknown): boolean {
  // EACCES is PermissionDenied, EPERM is NotCapable or PermissionDenied, depending on the version of Deno.
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) return true;
  return error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM");
}
