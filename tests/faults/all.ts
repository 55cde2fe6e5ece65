/** All faults, in the order of docs/reliability.md. @module */

import type { Fault } from "./fault.ts";
import { MEMORY_FAULTS } from "./memory.ts";
import { PROCESS_FAULTS } from "./processes.ts";
import { PROFILER_FAULTS } from "./profiler.ts";
import { SIGNAL_FAULTS } from "./signals.ts";

/** Each has a name of its own. */
export const ALL_FAULTS: readonly Fault[] = [...PROCESS_FAULTS, ...SIGNAL_FAULTS, ...MEMORY_FAULTS, ...PROFILER_FAULTS];
