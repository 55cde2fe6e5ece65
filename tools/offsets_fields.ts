/**
 * Which offsets the reader of CPython needs, by C type and member, for every version: what tools/offsets.ts compiles.
 *
 * To add a field, add it here and run the tool.
 * @module
 */

/** `3.8`. A version that a C name starts with; null ends it. Names are for that version and later ones. */
type History = Readonly<Record<string, string | null>>;

/** A C name: the same in all versions, or by version; in free-threaded builds only, or in all. */
export type Name = string | History | { readonly freeThreaded: History };

/** Members of one type. The member "" is the type itself: its size. */
export interface Group {
  readonly type: Name;
  readonly fields: Readonly<Record<string, Name>>;
}

const SIZE = "";
const UNTIL_3_10 = (name: string): History => ({ "2.7": name, "3.11": null });
const SINCE = (version: string, name: string): History => ({ [version]: name });

/** The groups in the order of the data. */
export const GROUPS: Readonly<Record<string, Group>> = {
  runtime: {
    type: SINCE("3.7", "_PyRuntimeState"),
    fields: {
      size: SIZE,
      interpretersHead: "interpreters.head",
      interpretersMain: "interpreters.main",
      coreInitialized: "core_initialized",
      initialized: "initialized",
      finalizing: { "3.7": "finalizing", "3.9": "_finalizing" },
      mainThread: SINCE("3.8", "main_thread"),
      currentThread: { "3.7": "gilstate.tstate_current", "3.12": null },
      autoTssKey: { "3.7": "gilstate.autoTSSkey", "3.12": "autoTSSkey", "3.15": null },
      gilLocked: { "3.7": "ceval.gil.locked", "3.12": null },
      gilLastHolder: { "3.7": "ceval.gil.last_holder", "3.12": null },
      gcCollecting: { "3.7": "gc.collecting", "3.9": null },
    },
  },
  interp: {
    type: "PyInterpreterState",
    fields: {
      size: SIZE,
      next: "next",
      id: SINCE("3.7", "id"),
      threadsHead: { "2.7": "tstate_head", "3.11": "threads.head" },
      threadsMain: SINCE("3.13", "threads.main"),
      finalizing: SINCE("3.8", "finalizing"),
      gc: SINCE("3.9", "gc"),
      gcCollecting: SINCE("3.9", "gc.collecting"),
      stopRequester: { freeThreaded: SINCE("3.13", "stoptheworld.requester") },
      gil: SINCE("3.12", "ceval.gil"),
      ownGil: SINCE("3.12", "_gil"),
      sysdict: "sysdict",
      builtins: "builtins",
      modules: { "2.7": "modules", "3.12": "imports.modules" },
      evalFrame: SINCE("3.6", "eval_frame"),
      codeObjectGeneration: SINCE("3.14", "_code_object_generation"),
      tlbcGeneration: { freeThreaded: SINCE("3.14", "tlbc_indices.tlbc_generation") },
    },
  },
  gil: {
    type: SINCE("3.7", "struct _gil_runtime_state"),
    fields: {
      enabled: { freeThreaded: SINCE("3.13", "enabled") },
      lastHolder: "last_holder",
      locked: "locked",
    },
  },
  thread: {
    type: "PyThreadState",
    fields: {
      size: SIZE,
      prev: SINCE("3.4", "prev"),
      next: "next",
      interp: "interp",
      status: SINCE("3.12", "_status"),
      state: SINCE("3.13", "state"),
      holdsGil: SINCE("3.14", "holds_gil"),
      gilRequested: SINCE("3.15", "gil_requested"),
      frame: UNTIL_3_10("frame"),
      cframe: { "3.10": "cframe", "3.13": null },
      rootCframe: { "3.10": "root_cframe", "3.13": null },
      currentFrame: SINCE("3.13", "current_frame"),
      baseFrame: SINCE("3.15", "base_frame"),
      threadId: "thread_id",
      nativeThreadId: SINCE("3.11", "native_thread_id"),
      id: SINCE("3.7", "id"),
      dict: "dict",
      gilstateCounter: "gilstate_counter",
      datastackChunk: SINCE("3.11", "datastack_chunk"),
      datastackTop: SINCE("3.11", "datastack_top"),
      datastackLimit: SINCE("3.11", "datastack_limit"),
    },
  },
  threadImpl: {
    type: SINCE("3.13", "_PyThreadStateImpl"),
    fields: {
      size: SIZE,
      baseFrame: SINCE("3.15", "base_frame"),
      asyncioRunningLoop: SINCE("3.14", "asyncio_running_loop"),
      asyncioRunningTask: SINCE("3.14", "asyncio_running_task"),
      asyncioTasksHead: SINCE("3.14", "asyncio_tasks_head"),
      tlbcIndex: { freeThreaded: SINCE("3.14", "tlbc_index") },
    },
  },
  cframe: {
    type: { "3.10": "CFrame", "3.11": "_PyCFrame", "3.13": null },
    fields: {
      size: SIZE,
      previous: "previous",
      currentFrame: SINCE("3.11", "current_frame"),
    },
  },
  frame: {
    type: UNTIL_3_10("PyFrameObject"),
    fields: {
      size: SIZE,
      back: "f_back",
      code: "f_code",
      instruction: "f_lasti",
      line: "f_lineno",
      executing: { "3.4": "f_executing", "3.10": null },
      state: SINCE("3.10", "f_state"),
      generator: SINCE("3.4", "f_gen"),
      localsplus: "f_localsplus",
    },
  },
  iframe: {
    type: SINCE("3.11", "_PyInterpreterFrame"),
    fields: {
      size: SIZE,
      previous: "previous",
      code: { "3.11": "f_code", "3.13": "f_executable" },
      function: { "3.11": "f_func", "3.12": "f_funcobj" },
      instruction: { "3.11": "prev_instr", "3.13": "instr_ptr" },
      owner: "owner",
      isEntry: { "3.11": "is_entry", "3.12": null },
      tlbcIndex: { freeThreaded: SINCE("3.14", "tlbc_index") },
      globals: "f_globals",
      frameObject: "frame_obj",
      stackpointer: SINCE("3.14", "stackpointer"),
      localsplus: "localsplus",
    },
  },
  code: {
    type: "PyCodeObject",
    fields: {
      size: SIZE,
      units: SINCE("3.11", "ob_base.ob_size"),
      argcount: "co_argcount",
      flags: "co_flags",
      version: SINCE("3.12", "co_version"),
      firstLine: "co_firstlineno",
      filename: "co_filename",
      name: "co_name",
      qualname: SINCE("3.11", "co_qualname"),
      lineTable: { "2.7": "co_lnotab", "3.10": "co_linetable" },
      firstTraceable: SINCE("3.11", "_co_firsttraceable"),
      varnames: UNTIL_3_10("co_varnames"),
      localsplusnames: SINCE("3.11", "co_localsplusnames"),
      localspluskinds: SINCE("3.11", "co_localspluskinds"),
      instructions: UNTIL_3_10("co_code"),
      adaptiveInstructions: SINCE("3.11", "co_code_adaptive"),
      tlbc: { freeThreaded: SINCE("3.14", "co_tlbc") },
    },
  },
  tlbc: {
    type: { freeThreaded: SINCE("3.14", "_PyCodeArray") },
    fields: { count: "size", items: "entries" },
  },
  object: { type: "PyObject", fields: { size: SIZE, type: "ob_type" } },
  type: {
    type: "PyTypeObject",
    fields: {
      size: SIZE,
      name: "tp_name",
      basicsize: "tp_basicsize",
      flags: "tp_flags",
      base: "tp_base",
      dict: "tp_dict",
      dictoffset: "tp_dictoffset",
    },
  },
  heapType: {
    type: "PyHeapTypeObject",
    fields: {
      cachedKeys: SINCE("3.3", "ht_cached_keys"),
    },
  },
  bytes: {
    type: { "2.7": "PyStringObject", "3.0": "PyBytesObject" },
    fields: { count: { "2.7": "ob_size", "3.0": "ob_base.ob_size" }, data: "ob_sval" },
  },
  str: {
    type: SINCE("3.3", "PyASCIIObject"),
    fields: { length: "length", state: "state", asciiData: SIZE },
  },
  strCompact: { type: SINCE("3.3", "PyCompactUnicodeObject"), fields: { data: SIZE } },
  strLegacy: { type: SINCE("3.3", "PyUnicodeObject"), fields: { data: "data" } },
  tuple: {
    type: "PyTupleObject",
    fields: { count: { "2.7": "ob_size", "3.0": "ob_base.ob_size" }, items: "ob_item" },
  },
  list: {
    type: "PyListObject",
    fields: { count: { "2.7": "ob_size", "3.0": "ob_base.ob_size" }, items: "ob_item" },
  },
  dict: {
    type: "PyDictObject",
    fields: {
      size: SIZE,
      used: "ma_used",
      keys: SINCE("3.3", "ma_keys"),
      values: SINCE("3.3", "ma_values"),
    },
  },
  set: { type: "PySetObject", fields: { size: SIZE, used: "used", mask: "mask", table: "table" } },
  float: { type: "PyFloatObject", fields: { size: SIZE, value: "ob_fval" } },
  long: {
    type: "PyLongObject",
    fields: {
      size: SIZE,
      tag: { "2.7": "ob_size", "3.0": "ob_base.ob_size", "3.12": "long_value.lv_tag" },
      digits: { "2.7": "ob_digit", "3.12": "long_value.ob_digit" },
    },
  },
  generator: {
    type: "PyGenObject",
    fields: {
      frame: UNTIL_3_10("gi_frame"),
      iframe: SINCE("3.11", "gi_iframe"),
      frameState: SINCE("3.11", "gi_frame_state"),
      name: SINCE("3.5", "gi_name"),
      qualname: SINCE("3.5", "gi_qualname"),
    },
  },
  listNode: { type: SINCE("3.13", "struct llist_node"), fields: { next: "next", prev: "prev" } },
};

/** Bit fields of `PyASCIIObject.state`, 3.3 and later; they have no offsetof. Group `strBits`. */
export const STATE_BITS: readonly string[] = ["interned", "kind", "compact", "ascii"];

/** What a name is in a version; null if there is no such thing in it. */
export function nameIn(name: Name, version: VersionNumber, isFreeThreaded: boolean): string | null {
  if (typeof name === "string") return name;
  if (isFreeThreadedOnly(name)) return isFreeThreaded ? nameIn(name.freeThreaded, version, isFreeThreaded) : null;
  let current = null;
  // In ascending order, as written above; the keys are no integers, so their order is that.
  for (const [since, text] of Object.entries(name)) {
    if (!isBefore(version, parseVersion(since))) current = text;
  }
  return current;
}

/** Major and minor. */
export type VersionNumber = readonly [major: number, minor: number];

/** `3.10` to its numbers. */
export function parseVersion(text: string): VersionNumber {
  const [major, minor] = text.split(".").map(Number);
  return [major, minor];
}

/** Whether `a` is the older one. */
export function isBefore(a: VersionNumber, b: VersionNumber): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

function isFreeThreadedOnly(name: Exclude<Name, string>): name is { readonly freeThreaded: History } {
  return "freeThreaded" in name;
}
