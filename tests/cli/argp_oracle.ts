/**
 * glibc's argp itself, given our option table or a part of it: what it prints for a command line is what our parser has
 * to do.
 * @module
 */

import {
  BUG_ADDRESS,
  description,
  FORMS,
  groups,
  NOTES,
  OUR_OPTIONS,
  SUMMARY,
  versionText,
} from "../../src/cli/help.ts";
import type { Option } from "../../src/cli/option.ts";
import type { Program } from "../../src/cli/program.ts";

/** What a program did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A compiled program that parses its command line by argp and prints what it found, one item a line. */
export class ArgpOracle implements Disposable {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Compiles it with the options of `program` that `has` lets through; null, with the reason printed, where there is no C compiler or no argp. */
  static async create(program: Program, has: (option: Option) => boolean = () => true): Promise<ArgpOracle | null> {
    const directory = Deno.makeTempDirSync({ prefix: "austinp-argp-" });
    Deno.writeTextFileSync(`${directory}/argp.c`, sourceOf(program, has));
    try {
      const compiler = new Deno.Command(Deno.env.get("CC") ?? "cc", {
        args: ["argp.c", "-o", "argp"],
        cwd: directory,
      });
      const { success, stderr } = await compiler.output();
      if (success) return new ArgpOracle(directory);
      console.log(`skipped: the argp oracle does not compile: ${new TextDecoder().decode(stderr)}`);
    } catch (error) {
      console.log(`skipped: no C compiler for the argp oracle: ${error}`);
    }
    Deno.removeSync(directory, { recursive: true });
    return null;
  }

  /** Runs it. The options that argp adds on its own and hides are taken out of its lists. */
  async run(args: readonly string[]): Promise<Outcome> {
    const env = { LC_ALL: "C" };
    const program = new Deno.Command(`${this.#directory}/argp`, { args: [...args], env, clearEnv: true });
    const { code, stdout, stderr } = await program.output();
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr).replace(/ '--(program-name|HANG)'/g, ""),
    };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

/** A string as C writes it; JSON does the same for what the table holds. */
function literal(text: string): string {
  return JSON.stringify(text).replaceAll("\\u000b", "\\v");
}

function rowOf(option: Option, { key, group, program }: { key: number; group: number; program: Program }): string {
  const { long, short, metavar } = option;
  const value = metavar === null ? "NULL" : literal(metavar);
  const letter = short === null ? key : `'${short}'`;
  return `{ ${literal(long)}, ${letter}, ${value}, 0, ${literal(description(option, program))}, ${group} },`;
}

/** Group 0 is Austin's; argp puts its own last. */
function rowsOf(program: Program, has: (option: Option) => boolean): string[] {
  const [austins, ours] = groups(program).map((rows) => rows.filter(has));
  return [
    ...austins.map((option, i) => rowOf(option, { key: 256 + i, group: 0, program })),
    ...(ours.length === 0 ? [] : [`{ 0, 0, 0, 0, ${literal(OUR_OPTIONS)}, 1 },`]),
    ...ours.map((option, i) => rowOf(option, { key: 512 + i, group: 1, program })),
  ];
}

function sourceOf(program: Program, has: (option: Option) => boolean): string {
  return `
#include <argp.h>
#include <stdio.h>

const char *argp_program_version = ${literal(versionText(program).trimEnd())};
const char *argp_program_bug_address = ${literal(BUG_ADDRESS)};

static const struct argp_option options[] = {
${rowsOf(program, has).join("\n")}
{ 0 } };

static const char *name_of(int key)
{
  for (const struct argp_option *o = options; o->name || o->doc; o++)
    if (o->name && o->key == key)
      return o->name;
  return NULL;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  if (key == ARGP_KEY_ARG) {
    for (int i = state->next - 1; i < state->argc; i++)
      printf("command word [%s]\\n", state->argv[i]);
    state->next = state->argc;
    return 0;
  }
  if (!name_of(key))
    return ARGP_ERR_UNKNOWN;
  if (value)
    printf("%s [%s]\\n", name_of(key), value);
  else
    printf("%s\\n", name_of(key));
  return 0;
}

int main(int argc, char **argv)
{
  static const struct argp argp = { options, parse, ${literal(FORMS.join("\n"))}, ${literal(SUMMARY + "\v" + NOTES)} };
  argv[0] = ${literal(program.path)};
  return argp_parse(&argp, argc, argv, ARGP_IN_ORDER, 0, 0);
}
`;
}
