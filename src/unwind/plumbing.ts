/**
 * Names that generators of bindings make, told as people wrote them: Cython's `__pyx_pw_7example_1fib` is `example.fib`,
 * a wrapper of pybind11, nanobind or PyO3 is the function that it wraps. And C++ names without the arguments of their
 * templates where these are longer than a line bears. In: a symbol, or its demangled name without parameters.
 * @module
 */

/** Template arguments up to this length stay. */
const ARGUMENTS_MAX = 32;
const SHORTENED = "…";

/**
 * What Cython made a symbol of, as `module.Class.function`, or null where it did not make it. Sources: Cython 3.0,
 * `Compiler/Naming.py` and `Symtab.py` (`Scope.mangle`): a scope is written `5Thing_`, with the length of its name, and
 * the functions of Python have a running number before their names, but for the first.
 */
export function cythonName(symbol: string): string | null {
  const match = /^(?:__pyx_fuse_[0-9_]+?)?__pyx_(pw|pf|f|gb|tp_\w+?|pymod_exec)_(.*?)(\.[a-z].*)?$/.exec(symbol);
  if (match === null) return null;
  const [, kind, mangled, suffix = ""] = match;
  if (kind === "pymod_exec") return `${mangled} (module)${suffix}`;
  const isNumbered = kind.length === 2;
  const { parts, rest } = scopesOf(mangled, { isNumbered, isFirst: kind === "pf" });
  const name = `${isNumbered ? rest.replace(/^\d+/, "") : rest}${kind.startsWith("tp_") ? `.${kind}` : ""}`;
  return parts.length === 0 || rest === "" ? null : `${[...parts, name].join(".")}${suffix}`;
}

interface Numbering {
  /** Whether a number stands before the name of a function. */
  readonly isNumbered: boolean;
  /** Whether it may be missing, as it is for the first function of a scope. */
  readonly isFirst: boolean;
}

/** Splits `7example_5Thing_3method` into scopes and `3method`. */
function scopesOf(mangled: string, { isNumbered, isFirst }: Numbering): { parts: string[]; rest: string } {
  const parts: string[] = [];
  let rest = mangled;
  for (;;) {
    const digits = /^[1-9]\d{0,3}/.exec(rest)?.[0] ?? "";
    const end = digits.length + Number(digits);
    const behind = rest.slice(end + 1);
    if (digits === "" || rest[end] !== "_") return { parts, rest };
    const scope = rest.slice(digits.length, end);
    // A number before the name of a function looks the same: `3get_x` is no class `get`, as no number follows. Where
    // none may follow, classes are told by how people spell them.
    const isScope = parts.length === 0 || /^(\d|__)/.test(behind) || (isFirst && /^[A-Z]/.test(scope));
    if (isNumbered && !isScope) return { parts, rest };
    parts.push(scope);
    rest = behind;
  }
}

/** A demangled name of C++ or Rust, shorter. */
export function shortName(name: string): string {
  return pyo3Name(name) ?? wrappedName(name) ?? withoutArguments(name);
}

/** What PyO3's macros make: `example::__pyfunction_work`, `example::Thing::__pymethod_get_x__`, and trampolines. */
function pyo3Name(name: string): string | null {
  if (/^pyo3::impl_::trampoline::|INTRINSIC_ITEMS::trampoline|::MakeDef>::_PYO3_DEF::trampoline/.test(name)) {
    return "pyo3::trampoline";
  }
  const match = /^(.*::)__py(?:function|method)_(\w+?)(?:__)?$/.exec(name);
  return match === null ? null : `${withoutArguments(match[1])}${match[2]}`;
}

/**
 * The function that pybind11 or nanobind wrapped, where its type tells it: the wrapper is a lambda in a template that
 * has it for its first argument, or its third.
 */
function wrappedName(name: string): string | null {
  if (name === "pybind11::cpp_function::dispatcher") return "pybind11::dispatcher";
  const match = /^(?:.* )?(pybind11::cpp_function::initialize|nanobind::detail::func_create)</.exec(name);
  if (match === null || !/\}::_FUN\b|\}::__invoke\b|\}::operator\(\)/.test(name)) return null;
  const start = match[0].length;
  const [binder] = match[1].split("::");
  const wrapped = argumentsOf(name, start)[binder === "pybind11" ? 0 : 2]?.replace(/&+$/, "");
  return wrapped === undefined ? null : `${binder}::call<${withoutArguments(wrapped)}>`;
}

/** The arguments of the template whose list begins at `start`, behind its `<`. */
function argumentsOf(name: string, start: number): string[] {
  const found: string[] = [];
  let depth = 1;
  let from = start;
  for (let at = start; at < name.length && depth > 0; at++) {
    if ("<({".includes(name[at])) depth++;
    else if (")}".includes(name[at]) || (name[at] === ">" && name[at - 1] !== "-")) depth--;
    if (depth === 0 || (depth === 1 && name[at] === ",")) {
      found.push(name.slice(from, at).trim());
      from = at + 1;
    }
  }
  return found;
}

/** A name with `<…>` for the long ones of its outermost template arguments. */
function withoutArguments(name: string): string {
  let result = "";
  for (let at = 0; at < name.length;) {
    const operator = /^operator(?:<=>|<<=?|>>=?|->\*?|<=?|>=?)/.exec(name.slice(at, at + 12))?.[0];
    const isWord = at > 0 && /\w/.test(name[at - 1]);
    if (operator !== undefined && !isWord) {
      result += operator;
      at += operator.length;
    } else if (name[at] === "<" && /[\w:})\]]$/.test(result)) {
      const end = closing(name, at);
      const list = name.slice(at, end);
      result += list.length > ARGUMENTS_MAX ? `<${SHORTENED}>` : list;
      at = end;
    } else {
      result += name[at++];
    }
  }
  return result;
}

/** Where the bracket that opens at `at` has closed; the end where it never does. */
function closing(name: string, at: number): number {
  let depth = 0;
  for (let i = at; i < name.length; i++) {
    if ("<({[".includes(name[i])) depth++;
    else if (")}]".includes(name[i]) || (name[i] === ">" && name[i - 1] !== "-")) depth--;
    if (depth === 0) return i + 1;
  }
  return name.length;
}
