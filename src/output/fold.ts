/**
 * The interpreter's own calls between two Python frames, folded away: of what one activation of the evaluation loop called
 * until the next began, the functions stay that a program knows of: builtins and those of extension modules.
 *
 * In recorded stacks names are all there is, so it goes by names: CPython's API, what the compiler keeps of it, and the
 * functions that implement calls (Objects/call.c, typeobject.c, methodobject.c, descrobject.c and the like).
 * @module
 */

import type { Frame, NativeFrame } from "../types.ts";

/** Of the C API, by the types that it has its names from. What extension modules define, as PyInit_x, is not among it. */
const API = new RegExp(
  "^_?Py(?:Arg|Async|Bool|Buffer|Bytes|ByteArray|Call|CFunction|CMethod|Cell|Code|Codec|Context|Coro|Descr|Dict|Err|Eval|" +
    "Exception|Float|Frame|Function|GC|GILState|Gen|HandleSystemExit|Import|InstanceMethod|InterpreterFrame|Iter|List|Long|" +
    "Mapping|Mem|MemoryView|Method|Module|Number|Obj|Object|Obs|Optimizer|Property|Run|Seq|Sequence|Set|Slice|Slot|Stack|" +
    "Static|Structseq|Super|Sys|Template|Thread|ThreadState|Trace|Trash|Tuple|Type|Unicode|Vectorcall|Warnings|" +
    "Weakref|Wrapper)[A-Z_]",
);

/** Functions of the interpreter without a name in the API that only pass a call on. */
const CALLS = new RegExp(
  `^(?:${
    [
      "(?:method|cfunction|classmethod|staticmethod|object|type|function|property|instancemethod|super|cm|sm|func)" +
      "_(?:vectorcall|call|vacall|descr_get|get|getattro|new_call)(?:_\\w+)?",
      "vectorcall_\\w+|_?call_(?:function|attribute|method|unbound|trampoline|instrumentation_vector)\\w*|do_call_core",
      "function_code_fastcall|fast_function|null_error|context_run|get_native_fp|object_isinstance",
      "slot_(?:tp|nb|sq|mp|am|bf)_\\w+|wrap_\\w+|wrapper(?:descr)?_(?:call|raw_call)|lookup_(?:maybe_)?(?:method|attr)",
      "gen_(?:send|iternext|close|throw|send_ex\\w*)|coro_wrapper_\\w+|async_gen_\\w+|do_richcompare",
      "binary_i?op1?|trampoline|_?TAIL_CALL_\\w+|trampoline_\\w+|run_(?:mod|eval_code_obj)",
    ].join("|")
  })$`,
);

/**
 * Compilers append to names: `.cold`, `.constprop.0`, `.part.1`; linkers, stubs; and what is named for Python alone, as
 * its symbol is gone, is told as `sorted()`.
 */
const SUFFIX = /(?:\.(?:cold|part|constprop|isra|lto_priv|llvm)(?:\.\d+)*|@plt|\(\))+$/;
/** A function of the interpreter's binary that no name is known of. */
const UNNAMED = /^(?:lib)?python[\d.]+[a-z]*(?:\.so[\d.]*)?\+0x[0-9a-f]+$/;
const BUILTIN = /^builtin_(?=[a-z_])/;
const IMPLEMENTATION = /_impl$/;

/** Frames of a stack, outermost first, without plumbing; what is behind the last Python frame is called as `visible` says. */
export function folded(
  frames: readonly Frame[],
  visible: (frame: NativeFrame) => NativeFrame | null,
): readonly Frame[] {
  const first = frames.findIndex(isPython);
  const last = frames.findLastIndex(isPython);
  const kept: Frame[] = [];
  for (const [i, frame] of frames.entries()) {
    const shown = frame.kind !== "native" || i < first ? frame : visible(frame) ?? (i > last ? frame : null);
    if (shown === null) continue;
    const outer = kept.at(-1);
    // What Argument Clinic splits in two is one function.
    const isSplit = shown !== frame && outer?.kind === "native" && shown.kind === "native" &&
      outer.symbol === shown.symbol;
    if (isSplit) kept.pop();
    kept.push(isSplit ? outer : shown);
  }
  return kept.length === frames.length && kept.every((frame, i) => frame === frames[i]) ? frames : kept;
}

/** A frame as a program knows it, `sorted` for `builtin_sorted`; null for plumbing. */
export function visibleFrame(frame: NativeFrame): NativeFrame | null {
  const symbol = frame.symbol.replace(SUFFIX, "");
  if (UNNAMED.test(symbol) || API.test(symbol) || CALLS.test(symbol)) return null;
  const name = symbol.replace(BUILTIN, "").replace(IMPLEMENTATION, "");
  return name === frame.symbol ? frame : { ...frame, symbol: name };
}

function isPython({ kind }: Frame): boolean {
  return kind === "python";
}
