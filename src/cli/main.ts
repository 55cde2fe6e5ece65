/**
 * The command line: arguments in, exit code out. The only place that turns errors into advice and codes.
 * @module
 */

import { OutputError } from "../errors.ts";
import { checkText, passes } from "../output/check.ts";
import { measuresMemory } from "../output/metadata.ts";
import { Writer } from "../output/writer.ts";
import { completionText } from "./completion.ts";
import { convert } from "./convert.ts";
import { diff } from "./diff.ts";
import { DumpRequests, type DumpStyle } from "./dump_requests.ts";
import type { Engine, RunOptions } from "./engine.ts";
import {
  EXIT_CHECK_FAILED,
  EXIT_FAILURE,
  EXIT_LIMIT_EXCEEDED,
  EXIT_SIGNAL,
  exitCodeOf,
  messageLine,
  reportError,
} from "./exit_codes.ts";
import { help, shortUsage, tryText, usage, versionText } from "./help.ts";
import { Interruption } from "./interruption.ts";
import { type Log, openLog, type SendToSyslog } from "./log.ts";
import { manPage } from "./man.ts";
import type { TextKind } from "./option.ts";
import { modeOf, type Options, parseOptions, type Text } from "./options.ts";
import { denoPlatform, type OutputFile, type Platform } from "./platform.ts";
import { type Program, programAt, withEnvironment } from "./program.ts";
import { resolve } from "./resolve.ts";
import { sample, type Surroundings } from "./sampling.ts";
import { where } from "./where.ts";

/** What the command line stands on. */
export interface Dependencies {
  readonly engine: Engine;
  readonly platform?: Platform;
  /** Sends a message to syslogd; left out, it is not told. */
  readonly syslog?: SendToSyslog;
}

/** Runs the program on a command line (without the program's name) and returns its exit code; never throws. */
export async function main(
  args: readonly string[],
  { engine, platform = denoPlatform(), syslog = () => {} }: Dependencies,
): Promise<number> {
  const program = programAt(platform.programPath);
  try {
    return await run(args, { engine, platform, syslog, program });
  } catch (error) {
    return reportError(error, { platform, program, log: null });
  }
}

async function run(
  args: readonly string[],
  { engine, platform, syslog, program }: Required<Dependencies> & { program: Program },
): Promise<number> {
  const stdout = new Writer(platform.stdout, "standard output");
  if (args.length === 0) return await print(shortUsage(program.name) + tryText(program.name), stdout);

  using files = new DisposableStack();
  let writer = stdout;
  let file: OutputFile | null = null;
  let parsed: Options | Text;
  try {
    parsed = parseOptions(args, {
      program: withEnvironment(program, platform.environment),
      createOutput: (path) => {
        file = files.use(platform.createFile(path));
        writer = new Writer(file, `the output file '${path}'`);
      },
    });
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    await print(messageLine(error.message, program), stdout); // Austin says this one on standard output
    return exitCodeOf(error);
  }
  if ("prints" in parsed) return await print(TEXTS[parsed.prints](parsed), stdout);
  if (parsed.target === null) {
    const advice = "nothing to sample: name a command to run, or a process with -p PID or -w PID";
    platform.stderr.print(messageLine(advice, program));
    return EXIT_FAILURE;
  }

  using _limit = platform.onSignal("SIGXFSZ", () => {});
  using log = openLog(parsed, { name: parsed.program.name, platform, syslog });
  logOptions(parsed, log);
  using interruption = new Interruption(platform);
  using dumpRequests = new DumpRequests(platform, { style: dumpStyle(engine, parsed), program: parsed.program });
  const surroundings = { options: parsed, platform, writer, interruption, dumpRequests, log };
  let code: number;
  try {
    code = await Promise.race([look(engine, surroundings), interruption.abandoned]);
  } catch (error) {
    return reportError(error, { platform, program, log });
  }
  if (isDeleted(file)) {
    warnOn({ platform, program, log })(`The output file '${parsed.output}' was deleted during the run`);
  }
  if (interruption.received !== null) log.info(`ended by ${interruption.received}`);
  return interruption.received === null || code !== 0 ? code : EXIT_SIGNAL[interruption.received];
}

/** What was written to such a file is lost, though each write has succeeded. */
function isDeleted(file: OutputFile | null): boolean {
  return file?.isDeleted() ?? false;
}

/** Says what this is, what it is asked for, and which options have no effect beside others. */
function logOptions(options: Options, log: Log): void {
  const { program, target, interval, output } = options;
  log.info(`${versionText(program).trimEnd()} for Linux x86-64, ${options.native ? "with" : "without"} native frames`);
  log.info(`the sampling interval is ${interval} us`);
  log.info(output === null ? "output goes to standard output" : `output goes to the file ${output}`);
  if (target?.kind === "launch") log.info(`launching ${target.command[0]}`); // its arguments may hold secrets
  else if (target !== null && "path" in target) log.info(`${target.kind} of ${target.path}`);
  else if (target !== null) {
    const what = { attach: "attaching to", check: "checking", where: "where mode on" }[target.kind];
    log.info(`${what} process ${target.pid}`);
  }
  const mode = modeOf(options);
  if (options.sleepless && mode !== "cpu") log.warning(`-s has no effect: the mode is ${mode}`);
  if (options.memory && mode === "full") log.warning("-m is redundant: the mode is full");
}

const TEXTS: Readonly<Record<TextKind, (text: Text) => string>> = {
  completion: ({ program, value }) => completionText(program, value),
  help: ({ program }) => help(program),
  man: ({ program }) => manPage(program),
  usage: ({ program }) => usage(program),
  version: ({ program }) => versionText(program),
};

async function print(text: string, stdout: Writer): Promise<number> {
  stdout.write(text);
  await stdout.flush();
  return 0;
}

/** Does what is asked for with what was named. */
async function look(engine: Engine, surroundings: Surroundings): Promise<number> {
  const { options, platform, writer, interruption, log } = surroundings;
  const { program, target, native, kernel, timeout, output, format, mojo, shape, failIf, debugFolder } = options;
  const warn = warnOn({ platform, program, log });
  switch (target?.kind) {
    case "check": {
      const report = await engine.check(target.pid, { native, kernel, timeout });
      await print(checkText(report, platform.executable), writer);
      return passes(report) ? 0 : EXIT_CHECK_FAILED;
    }
    case "where":
      return await where(target.pid, engine, { ...surroundings, style: dumpStyle(engine, options), warn });
    case "attach":
      return await sample(await engine.attach(target.pid, runOptions(options, warn)), surroundings);
    case "launch": {
      const launching = { discardStdout: output === null, abort: interruption.beforeRun };
      const run = await engine.launch(target.command, { ...runOptions(options, warn), ...launching });
      return await sample(run, surroundings);
    }
    case "convert":
      await convert(target.path, { platform, writer, format, mojo, shape, warn });
      return 0;
    case "diff": {
      const page = output === null ? null : writer;
      const table = new Writer(platform.stdout, "standard output");
      const paths = { before: target.before, after: target.path };
      return await diff(paths, { platform, page, table, format, shape, failIf, warn }) ? 0 : EXIT_LIMIT_EXCEEDED;
    }
    case "resolve":
      await resolve(target.path, { platform, writer, engine, debugFolder, warn });
      return 0;
    default:
      return EXIT_FAILURE;
  }
}

/** How samples are taken. */
function runOptions(options: Options, warn: (message: string) => void): RunOptions {
  const { native, kernel, gc, timeout, interval, jitter, overheadBudget, allowEintr, lines, children } = options;
  const mode = modeOf(options);
  return {
    ...{ native, kernel, gc, timeout, interval, jitter, overheadBudget, allowEintr, lines, children },
    memory: measuresMemory(mode),
    skipIdle: mode === "cpu",
    warn,
  };
}

function dumpStyle(engine: Engine, { program, sleepless, fullSymbols, fullPaths }: Options): DumpStyle {
  const style = fullSymbols ? "full" : "short";
  const threadNames = program.compat === 4;
  return { hideIdle: sleepless, fullPaths, threadNames, nameOf: (symbol) => engine.nameOf(symbol, style) };
}

function warnOn({ platform, program, log }: { platform: Platform; program: Program; log: Log }) {
  return (message: string): void => {
    platform.stderr.print(messageLine(message, program));
    log.warning(message);
  };
}
