/** Colours and styles of terminal text; each function wraps `text` in one escape sequence and its reset. @module */

export function bold(text: string): string;
export function dim(text: string): string;
export function italic(text: string): string;
export function underline(text: string): string;
export function inverse(text: string): string;
export function black(text: string): string;
export function red(text: string): string;
export function green(text: string): string;
export function yellow(text: string): string;
export function blue(text: string): string;
export function magenta(text: string): string;
export function cyan(text: string): string;
export function white(text: string): string;
export function gray(text: string): string;
export function brightBlack(text: string): string;

/** Whether the functions above write escape sequences; initially unless NO_COLOR is set. */
export function getColorEnabled(): boolean;
export function setColorEnabled(value: boolean): void;

/** `text` without escape sequences. */
export function stripAnsiCode(text: string): string;
