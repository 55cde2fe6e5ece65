/**
 * What `--completion` prints: a script for bash, zsh or fish that completes command lines, from the option table. The
 * command that is launched is completed as the shell completes it by itself.
 * @module
 */

import { UsageError } from "../errors.ts";
import { description } from "./help.ts";
import type { Option, Shell } from "./option.ts";
import { optionsOf } from "./options.ts";
import { type Program, PROGRAM_NAMES, programAt, shortName } from "./program.ts";

/**
 * The script for `shell`, for all names of the program.
 *
 * @throws {UsageError} if there is none for it.
 */
export function completionText(program: Program, shell: string | null): string {
  const script = Object.entries(SCRIPTS).find(([name]) => name === shell)?.[1];
  if (script === undefined) {
    throw new UsageError(`the shell of --completion must be bash, zsh or fish, not '${shell}'`);
  }
  const names = [...new Set([...PROGRAM_NAMES, shortName(program)])];
  return script(names.map((name) => ({ name, program: { ...programAt(name), compat: program.compat } })));
}

/** One of the names that a script is for, and what it stands for. */
interface Command {
  readonly name: string;
  readonly program: Program;
}

const SCRIPTS: Readonly<Record<Shell, (commands: readonly Command[]) => string>> = { bash, zsh, fish };

/** All that an option is called, dashes included. */
function spellings({ long, short }: Option): string[] {
  return short === null ? [`--${long}`] : [`-${short}`, `--${long}`];
}

function takesValue({ metavar }: Option): boolean {
  return metavar !== null;
}

/** The first sentence of what an option does. */
function summary(option: Option, program: Program): string {
  return description(option, program).split(/\. |\.$/)[0];
}

/** Quoted for any of the three shells. */
function quote(text: string): string {
  return `'${text.replaceAll("\\", "").replaceAll("'", "’")}'`;
}

function namesOf(commands: readonly Command[]): string {
  return commands.map(({ name }) => name).join(" ");
}

function bash(commands: readonly Command[]): string {
  const options = optionsOf(programAt("austinp"));
  const valued = options.filter(takesValue);
  const patterns = (rows: readonly Option[]) => rows.flatMap(spellings).join("|");
  const lists = commands.map(({ name, program }) => {
    const words = optionsOf(program).map((option) => `--${option.long}${takesValue(option) ? "=" : ""}`);
    return `    ${name}) options='${words.join(" ")}' ;;\n`;
  });
  const values = [
    [valued.filter(({ metavar }) => metavar === "FILE"), '_austinp_files "$word"'],
    [valued.filter(({ metavar }) => metavar === "PID"), '_austinp_words "$(cd /proc && echo [1-9]*)" "$word"'],
    ...valued.filter(({ choices }) => choices !== undefined)
      .map((option) => [[option], `_austinp_words '${option.choices!.join(" ")}' "$word"`] as const),
  ] as const;
  return `# Completion of austinp for bash. In ~/.bashrc: source <(austinp --completion bash)

_austinp_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }
_austinp_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$1"); }

_austinp() {
  local word=\${COMP_WORDS[COMP_CWORD]} options i=1 option= letters
  COMPREPLY=()
  # bash makes three words of --option=value
  while ((i < COMP_CWORD)); do
    option=
    case \${COMP_WORDS[i]} in
    --) ((i++)); break ;;
    ${patterns(valued)})
      option=\${COMP_WORDS[i]}
      ((++i))
      [[ $i -lt $COMP_CWORD && \${COMP_WORDS[i]} == = ]] && ((++i))
      ((i++)) ;;
    --*) ((i++)) ;;
    -?*)
      # the value of the last of some letters is the next word, unless it is attached
      letters=\${COMP_WORDS[i]#-}
      while [[ $letters == [!${valued.map(({ short }) => short ?? "").join("")}]* ]]; do letters=\${letters#?}; done
      ((i++))
      [[ \${#letters} -eq 1 ]] && option=-$letters && ((i++)) ;;
    *) break ;;
    esac
  done
  if ((i > COMP_CWORD)); then
    [[ $word == = ]] && word=
    case $option in
${values.map(([rows, command]) => `    ${patterns(rows)}) ${command} ;;\n`).join("")}\
    esac
    return
  fi
  if ((i < COMP_CWORD)) || [[ $word != -* || \${COMP_WORDS[i - 1]} == -- && $i -gt 1 ]]; then
    if declare -F _command_offset > /dev/null; then
      _command_offset "$i"
    elif ((i == COMP_CWORD)); then
      mapfile -t COMPREPLY < <(compgen -c -- "$word")
    else
      _austinp_files "$word"
    fi
    return
  fi
  case \${COMP_WORDS[0]##*/} in
${lists.join("")}  esac
  _austinp_words "$options" "$word"
  [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace
}

complete -F _austinp ${namesOf(commands)}
`;
}

function zsh(commands: readonly Command[]): string {
  const specs = commands.map(({ name, program }) => {
    const rows = optionsOf(program).map((option) => `      ${zshSpec(option, program)}\n`);
    return `    ${name}) options=(\n${rows.join("")}    ) ;;\n`;
  });
  return `#compdef ${namesOf(commands)}
# Completion of austinp for zsh. In ~/.zshrc, after compinit: source <(austinp --completion zsh)

_austinp_pids() { _wanted processes expl process compadd -- /proc/<->(N:t); }

_austinp() {
  local -a options
  case \${words[1]:t} in
${specs.join("")}  esac
  _arguments -s -S -A '-*' $options '(-)1:command:_command_names -e' '*::arguments:_normal'
}

if [[ $funcstack[1] == _austinp ]]; then
  _austinp "$@"
else
  compdef _austinp ${namesOf(commands)}
fi
`;
}

function zshSpec(option: Option, program: Program): string {
  const { long, short, metavar, choices, prints } = option;
  const text = summary(option, program).replace(/[[\]:]/g, "\\$&");
  const action = choices !== undefined ? `(${choices.join(" ")})` : ({ FILE: "_files", PID: "_austinp_pids" } as const)[
    metavar as "FILE"
  ] ?? " ";
  const value = metavar === null ? "" : `:${metavar}:${action}`;
  const spec = quoteZsh(`[${text}]${value}`);
  const exclusive = prints === undefined ? "'*'" : "'(- *)'";
  const longName = metavar === null ? `--${long}` : `--${long}=`;
  if (short === null) return `${exclusive}${longName}${spec}`;
  const shortName = metavar === null ? `-${short}` : `-${short}+`;
  return `${exclusive}'${shortName}'${spec} ${exclusive}${longName}${spec}`;
}

function quoteZsh(text: string): string {
  return `'${text.replaceAll("'", "’")}'`;
}

function fish(commands: readonly Command[]): string {
  const valued = optionsOf(programAt("austinp")).filter(takesValue);
  const letters = valued.map(({ short }) => short ?? "").join("");
  const lines = commands.flatMap(({ name, program }) => [
    ...optionsOf(program).map((option) => fishLine(option, { name, program })),
    `complete -c ${name} -n __austinp_in_command -x -a '(__austinp_complete_command)'\n`,
    `complete -c ${name} -n 'not __austinp_in_command' -x -a '(__fish_complete_command)'\n`,
    "\n",
  ]);
  return `# Completion of austinp for fish. In ~/.config/fish/config.fish: austinp --completion fish | source

# The words from the command on, if there is one before the cursor.
function __austinp_command
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                set -e words[1]
                break
            case ${valued.flatMap(spellings).filter((name) => name.startsWith("--")).join(" ")}
                set -e words[1]
            case '--*'
            case '-*'
                # the value of the last of some letters is the next word, unless it is attached
                if string match -qr -- '^-[^${letters}]*[${letters}]$' $words[1]
                    set -e words[1]
                end
            case '*'
                break
        end
        set -e words[1]
    end
    string join \\n -- $words
end

function __austinp_in_command
    test (count (__austinp_command)) -gt 0
end

function __austinp_complete_command
    complete -C (string join ' ' -- (string escape -- (__austinp_command)))' '(commandline -ct)
end

${commands.map(({ name }) => `complete -e -c ${name}\n`).join("")}${lines.join("")}`.trimEnd() + "\n";
}

function fishLine(option: Option, { name, program }: Command): string {
  const { long, short, metavar, choices } = option;
  const words = [`complete -c ${name} -n 'not __austinp_in_command'`];
  if (short !== null) words.push(`-s '${short}'`);
  words.push(`-l ${long}`);
  if (choices !== undefined) words.push(`-x -a '${choices.join(" ")}'`);
  else if (metavar === "FILE") words.push("-r -F");
  else if (metavar === "PID") words.push("-x -a '(__fish_complete_pids)'");
  else words.push(metavar === null ? "-f" : "-x");
  words.push(`-d ${quote(summary(option, program))}`);
  return `${words.join(" ")}\n`;
}
