/** Waiting. @module */

/** Resolves after `ms` milliseconds; rejects when `signal` is aborted. */
export function delay(ms: number, options?: { signal?: AbortSignal; persistent?: boolean }): Promise<void>;
