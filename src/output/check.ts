/**
 * What was found out about the rights to look at a process, for people: a line a finding.
 *
 *     yes   attach         2 of 2 threads were stopped, for 61 us, and let go
 *     no    kernel stacks  reading them takes root or CAP_SYS_ADMIN; -k goes on without them
 * @module
 */

import type { CheckReport, Finding } from "../types.ts";
import { printable } from "./text.ts";

const VERDICT_WIDTH = 6;
const WHAT_WIDTH = 15;
/** What is tried there, as a finding calls it. */
const ATTACH = "attach";
const WITHOUT_ATTACH = "Python frames alone can be had without that: --no-native";

/** Whether nothing that is needed is missing. */
export function passes({ findings }: CheckReport): boolean {
  return findings.every(({ works, needed }) => works !== false || !needed);
}

/** The report as lines. `program` is the path of the executable, for advice on how to give it the right. */
export function checkText(report: CheckReport, program: string): string {
  const { pid, findings } = report;
  const missing = findings.filter(({ works, needed }) => works === false && needed).map(({ what }) => what);
  const last = missing.length === 0
    ? `Process ${pid} can be sampled.`
    : `Process ${pid} cannot be sampled as asked: ${missing.join(", ")}.`;
  const advice = [
    ...missing.join() === ATTACH ? [WITHOUT_ATTACH] : [],
    ...report.lacksCapability ? [howToGrant(program)] : [],
  ];
  return [...findings.map(line), last, ...advice, ""].join("\n");
}

function line({ what, works, detail }: Finding): string {
  const verdict = works === null ? "" : works ? "yes" : "no";
  return `${verdict.padEnd(VERDICT_WIDTH)}${what.padEnd(WHAT_WIDTH)}${printable(detail)}`;
}

function howToGrant(program: string): string {
  return `To let every user of this executable trace without sudo: setcap cap_sys_ptrace+ep ${printable(program)}`;
}
