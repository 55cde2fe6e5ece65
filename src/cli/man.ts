/**
 * What `--man` prints: the man page, in the macros of man(7), from the option table.
 * @module
 */

import { BUG_ADDRESS, description, FORMS, groups, NOTES, OUR_OPTIONS, SUMMARY } from "./help.ts";
import type { Option } from "./option.ts";
import { type Program, releaseOf, shortName } from "./program.ts";

/** What ends the program, in the order of the codes. */
export const EXIT_STATUS: readonly (readonly [code: number, meaning: string])[] = [
  [0, "The run ended as it was to: the process has ended, the exposure is over, or the stacks are printed."],
  [1, "Something is missing that --check looked for, or a function has grown by more than --fail-if allows."],
  [3, "The version of Python is not supported."],
  [32, "There is no Python interpreter in the process."],
  [33, "The command cannot be launched, or has ended before there was an interpreter in it."],
  [36, "There is no such process."],
  [37, "The process may not be traced; the message says what stands in the way."],
  [39, "There is no Python interpreter in the process, nor, with -C, in any that it has started."],
  [64, "The command line is wrong."],
  [70, "An error in the program itself."],
  [129, "Ended by SIGHUP."],
  [141, "Nobody reads the output any more."],
  [241, "Ended by SIGTERM."],
  [254, "Ended by SIGINT, as from Ctrl-C."],
  [255, "Neither a command nor a process was named, or the output cannot be written."],
];

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ["AUSTIN_NO_LOGGING", "If it is set and not empty, nothing is logged to syslog."],
  ["AUSTINP_COMPAT", "The version of Austin to stand in for, 3 or 4, as by --compat."],
  ["AUSTINP_DEBUG", "If it is set, internal errors are printed with their trace."],
  ["NO_COLOR", "If it is set, nothing is coloured."],
];

const SIGNALS: readonly (readonly [names: string, meaning: string])[] = [
  [
    "SIGINT, SIGTERM, SIGHUP",
    "The first ends the run in an orderly way, and is passed on to a command that was " +
    "launched. The second ends the program at once.",
  ],
  ["SIGQUIT, SIGUSR1", "Print what every thread was doing at its last sample on standard error, and go on."],
];

const EXAMPLES: readonly (readonly [args: string, meaning: string])[] = [
  ["-w PID", "What is every thread of a process doing right now?"],
  ["-i 1ms -x 30 -o samples.txt -p PID", "Sample a running process 1000 times a second, for half a minute."],
  ["-o samples.txt python3 app.py", "Start a program and sample it to its end."],
];

/** The man page, named as the program was started. */
export function manPage(program: Program): string {
  const name = shortName(program);
  const [austins, ours, texts] = groups(program);
  const rows = (options: readonly Option[]) => options.map((option) => optionText(option, program)).join("");
  return [
    `.TH ${escape(name.toUpperCase())} 1 "" "${escape(`${program.name} ${releaseOf(program)}`)}" "User Commands"\n`,
    ".SH NAME\n",
    `${escape(name)} \\- sample the stacks of Python programs from outside\n`,
    ".SH SYNOPSIS\n",
    FORMS.map((form) => `.B ${escape(name)}\n${escape(`[OPTION...] ${form}`)}\n`).join(".br\n"),
    ".SH DESCRIPTION\n",
    paragraph(SUMMARY),
    ".PP\n",
    paragraph(NOTES),
    ".SH OPTIONS\n",
    rows([...austins, ...texts]),
    `.SS ${escape(OUR_OPTIONS.replace(/:$/, ""))}\n`,
    rows(ours),
    ".SH EXIT STATUS\n",
    EXIT_STATUS.map(([code, meaning]) => item(String(code), meaning)).join(""),
    ".SH SIGNALS\n",
    SIGNALS.map(([names, meaning]) => item(names, meaning)).join(""),
    ".SH ENVIRONMENT\n",
    ENVIRONMENT.map(([name, meaning]) => item(name, meaning)).join(""),
    ".SH EXAMPLES\n",
    EXAMPLES.map(([args, meaning]) => item(`${name} ${args}`, meaning)).join(""),
    ".SH REPORTING BUGS\n",
    paragraph(`Report bugs to ${BUG_ADDRESS}.`),
  ].join("");
}

function optionText(option: Option, program: Program): string {
  const { long, short, metavar } = option;
  const names = [...(short === null ? [] : [`-${short}`]), `--${long}${metavar === null ? "" : "="}`]
    .map((name) => `\\fB${escape(name)}\\fR`).join(", ");
  return `.TP\n${names}${metavar === null ? "" : `\\fI${escape(metavar)}\\fR`}\n${
    paragraph(description(option, program))
  }`;
}

function item(head: string, text: string): string {
  return `.TP\n.B ${escape(head)}\n${paragraph(text)}`;
}

/** A sentence a line, so that the formatter sets their distance. */
function paragraph(text: string): string {
  return escape(text).replace(/\. (?=[A-Z])/g, ".\n") + "\n";
}

/** Dashes that can be typed again, and nothing taken for a request. */
function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/gm, "\\&$&").replaceAll("'", "\\(aq");
}
