/**
 * What a run tells the system's log, or a file: not much, and never anything that a reader of samples needs.
 * @module
 */

import { printable } from "../output/text.ts";
import type { Platform } from "./platform.ts";

/** How much a message matters, most first; what is chosen takes those before it along. */
export const LOG_LEVELS = ["error", "warning", "info", "debug"] as const;

/** One of them. */
export type LogLevel = typeof LOG_LEVELS[number];

/** Takes messages of every level. */
export type LogSink = (level: LogLevel, message: string) => void;

/** Sends one message to syslogd; it may be lost. */
export type SendToSyslog = (message: Uint8Array) => void;

/** Passes messages on that matter enough. */
export class Log {
  readonly #sinks: readonly LogSink[];
  readonly #level: LogLevel;

  /** `level` is the least that is passed on. */
  constructor(sinks: readonly LogSink[], level: LogLevel) {
    this.#sinks = sinks;
    this.#level = level;
  }

  /** What ends the run, or keeps it from starting. */
  error(message: string): void {
    this.#write("error", message);
  }

  /** What is not as it was asked for, where the work goes on. */
  warning(message: string): void {
    this.#write("warning", message);
  }

  /** What the run does. */
  info(message: string): void {
    this.#write("info", message);
  }

  /** What it finds. */
  debug(message: string): void {
    this.#write("debug", message);
  }

  #write(level: LogLevel, message: string): void {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(this.#level)) return;
    for (const sink of this.#sinks) sink(level, printable(message));
  }
}

/** Where syslogd listens. */
export const SYSLOG_SOCKET = "/dev/log";

/** LOG_LOCAL1 of syslog.h, which is Austin's. */
const FACILITY = 17 * 8;
const SEVERITY: Readonly<Record<LogLevel, number>> = { error: 3, warning: 4, info: 6, debug: 7 };
/** Larger ones may be refused whole. */
const LONGEST_MESSAGE = 2_000;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Who says it. */
export interface Ident {
  readonly name: string;
  readonly pid: number;
  readonly now: () => Date;
}

/** A sink that sends what syslog(3) would: `<priority>Mmm dd hh:mm:ss name[pid]: message`, in local time. */
export function syslogSink(send: SendToSyslog, { name, pid, now }: Ident): LogSink {
  const encoder = new TextEncoder();
  return (level, message) => {
    const time = now();
    const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((n) => `${n}`.padStart(2, "0")).join(":");
    const date = `${MONTHS[time.getMonth()]} ${`${time.getDate()}`.padStart(2)} ${clock}`;
    const text = message.slice(0, LONGEST_MESSAGE);
    send(encoder.encode(`<${FACILITY + SEVERITY[level]}>${date} ${name}[${pid}]: ${text}`));
  };
}

/** A sink of lines: `2026-11-21T12:38:32.123Z name[pid] level: message`. */
export function lineSink(write: (line: string) => void, { name, pid, now }: Ident): LogSink {
  return (level, message) => write(`${now().toISOString()} ${name}[${pid}] ${level}: ${message}\n`);
}

/** What is asked of the log. */
export interface LogOptions {
  /** Where lines go, `-` being standard error; null for nowhere. */
  readonly logFile: string | null;
  readonly logLevel: LogLevel;
}

/**
 * The log of a run, in syslog unless AUSTIN_NO_LOGGING is set and not empty, and in a file if there is one.
 *
 * @throws {OutputError} if the file cannot be opened.
 */
export function openLog(
  { logFile, logLevel }: LogOptions,
  { name, platform, syslog }: { name: string; platform: Platform; syslog: SendToSyslog },
): Log & Disposable {
  const ident = { name, pid: platform.pid, now: () => new Date() };
  const file = logFile === null || logFile === "-" ? null : platform.appendFile(logFile);
  const sinks: LogSink[] = [];
  if (!platform.environment("AUSTIN_NO_LOGGING")) sinks.push(syslogSink(syslog, ident));
  if (logFile === "-") sinks.push(lineSink(platform.stderr.print, ident));
  if (file !== null) sinks.push(lineSink((line) => file.write(line), ident));
  return Object.assign(new Log(sinks, logLevel), { [Symbol.dispose]: () => file?.[Symbol.dispose]() });
}
