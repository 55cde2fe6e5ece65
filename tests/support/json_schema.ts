/**
 * Checks JSON against a schema, as far as the schemas in docs/ go; a keyword that is not known here is an error.
 * https://json-schema.org/draft/2020-12
 * @module
 */

// deno-lint-ignore no-explicit-any
type Json = any;

/** What is wrong with `value`, one line each; none where it is valid. */
export function violations(value: Json, schema: Json, { root = schema, at = "$" } = {}): string[] {
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    const check = CHECKS[keyword];
    if (check === undefined) throw new Error(`the keyword ${keyword} is not known`);
    return check({ value, rule, schema, root, at });
  });
}

interface Check {
  readonly value: Json;
  readonly rule: Json;
  readonly schema: Json;
  readonly root: Json;
  readonly at: string;
}

const nothing = () => [];
const isObject = (value: Json) => typeof value === "object" && value !== null && !Array.isArray(value);
const fails = (is: boolean, at: string, text: string) => is ? [] : [`${at}: ${text}`];

const CHECKS: Readonly<Record<string, (check: Check) => string[]>> = {
  ...{ $schema: nothing, $defs: nothing, title: nothing, description: nothing },
  const: ({ value, rule, at }) => fails(value === rule, at, `is not ${rule}`),
  enum: ({ value, rule, at }) => fails(rule.includes(value), at, `is none of ${rule}`),
  type: ({ value, rule, at }) => fails([rule].flat().some((type) => isOf(value, type)), at, `is no ${rule}`),
  minimum: ({ value, rule, at }) => fails(typeof value !== "number" || value >= rule, at, `is below ${rule}`),
  pattern: ({ value, rule, at }) => fails(new RegExp(rule).test(value), at, `is not as ${rule}`),
  required: ({ value, rule, at }) =>
    isObject(value) ? rule.flatMap((key: string) => fails(key in value, at, `lacks ${key}`)) : [],
  properties: ({ value, rule, root, at }) =>
    Object.entries(rule).flatMap(([key, part]) =>
      isObject(value) && key in value ? violations(value[key], part, { root, at: `${at}.${key}` }) : []
    ),
  additionalProperties: ({ value, schema, at }) =>
    Object.keys(isObject(value) ? value : {}).flatMap((key) => fails(key in schema.properties, at, `has ${key}`)),
  items: ({ value, rule, root, at }) =>
    (Array.isArray(value) ? value : []).flatMap((one: Json, i: number) =>
      violations(one, rule, { root, at: `${at}[${i}]` })
    ),
  oneOf({ value, rule, root, at }) {
    const all = rule.map((part: Json) => violations(value, part, { root, at }));
    const valid = all.filter((one: string[]) => one.length === 0).length;
    return valid === 1 ? [] : [`${at}: is ${valid} of those in oneOf: ${all.flat().join("; ")}`];
  },
  $ref({ value, rule, root, at }) {
    const part = rule.split("/").slice(1).reduce((schema: Json, key: string) => schema[key], root);
    return violations(value, part, { root, at });
  },
};

function isOf(value: Json, type: string): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  const name: string = typeof value;
  return type === "object" ? isObject(value) : name === type;
}
