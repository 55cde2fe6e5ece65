/**
 * What a dump tells beside stacks: of its tasks, its files and its family.
 * @module
 */

import { taskActivity } from "../kernel/activity.ts";
import { taskIds } from "../kernel/tasks.ts";
import type { Dump, Pid, TaskActivity, Tid } from "../types.ts";
import { statOf, type Target } from "./target.ts";

/** Longer lines of descent are none. */
const MOST_ANCESTORS = 1024;

/** What each task is doing; to be asked while they run, as a task that is stopped shows the stop. */
export function activitiesOf(pid: Pid): Map<Tid, TaskActivity> {
  const activities = new Map<Tid, TaskActivity>();
  for (const tid of taskIds(pid)) {
    const activity = taskActivity(pid, tid);
    if (activity !== null) activities.set(tid, activity);
  }
  return activities;
}

/** The build-ids of a target's modules, by path. */
export function buildIdsOf({ mappings }: Target): Map<string, string> {
  return new Map(mappings.flatMap(({ path, module }) => module?.buildId ? [[path, module.buildId] as const] : []));
}

/** The nearest of its ancestors that was dumped too: between two Pythons there may be others, a shell for instance. */
export function parentOf({ pid }: Dump, dumps: readonly Dump[]): Pick<Dump, "parent"> {
  let parent = statOf(pid)?.parent ?? 0;
  for (let steps = 0; parent > 1 && steps < MOST_ANCESTORS; steps++) {
    if (dumps.some((dump) => dump.pid === parent)) return { parent };
    parent = statOf(parent)?.parent ?? 0;
  }
  return {};
}
