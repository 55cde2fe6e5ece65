/**
 * Real shells, asked what they complete a command line to.
 * @module
 */

/** A shell's words for a command line, up to whose end the cursor stands. */
export type Complete = (line: string) => Promise<string[]>;

/** Whether a shell is there. */
export async function hasShell(shell: string): Promise<boolean> {
  const { success } = await new Deno.Command("/bin/sh", { args: ["-c", `command -v ${shell}`], stdout: "null" })
    .output();
  return success;
}

/** Completes by bash and a script's function, with the words as bash splits them. */
export function bashCompletes(script: string): Complete {
  return (line) => {
    const words = line.split(/ +|(=)/).filter((word) => word !== undefined);
    const program = `
      compopt() { :; }
      source "$1"; shift
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      complete -p "\${1##*/}" > /dev/null && _austinp
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run("bash", ["--norc", "-c", program, "bash", script, ...words]);
  };
}

/** Completes by fish. */
export function fishCompletes(script: string): Complete {
  const program = 'source $argv[1]; complete -C "$argv[2]"';
  return async (line) => {
    const lines = await run("fish", ["--no-config", "-c", program, script, line]);
    return lines.map((text) => text.split("\t")[0]);
  };
}

/** Types the line and a tab in an interactive zsh, on a terminal of its own, which prints what is added. */
export function zshCompletes(script: string): Complete {
  const inner = `
    autoload -Uz compinit && compinit -u -d ${script}.dump
    source ${script}
    compadd() {
      if [[ \${@[1,(i)(-|--)]} != *-(O|A|D)\\ * ]]; then
        local -a matches
        builtin compadd -O matches "$@"
        print -rl -- "<"\${^matches}">"
      fi
      builtin compadd "$@"
    }
    finish() { print "<end>"; exit }
    comppostfuncs=(finish)
    bindkey '^I' complete-word
    zstyle ':completion:*' list-prompt ''
    LISTMAX=100000
    PS1=; print "<ready>"`;
  const program = `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell ${quote(inner.replace(/\n */g, "\n"))}
    zpty -r shell text '*<ready>'$'\\r*'
    zpty -n -w shell "$1"$'\\t'
    zpty -r shell text '*<end>*'
    print -r -- $text`;
  return async (line) => {
    const lines = await run("zsh", ["-f", "-c", program, "zsh", line]);
    return lines.flatMap((text) => [...text.matchAll(/<(.*?)>/g)].map(([, word]) => word)).filter((w) => w !== "end");
  };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

async function run(shell: string, args: readonly string[]): Promise<string[]> {
  const command = new Deno.Command(shell, { args: [...args], env: { TERM: "dumb", LC_ALL: "C.UTF-8" }, stdin: "null" });
  const { stdout } = await command.output();
  return new TextDecoder().decode(stdout).split(/\r?\n/).filter(Boolean).sort();
}
