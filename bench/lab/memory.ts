/** How much memory a process takes while something happens. */
import { readFileSync, writeFileSync } from "node:fs";

/** What /proc/<pid>/status says in megabytes: `VmRSS` (memory now) or `VmHWM` (the most so far). */
export function memoryMegabytes(pid: number, what: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
}

export interface Peak {
  /** Before it began. */
  readonly idle_megabytes: number;
  /** The most that was held at any moment of it. */
  readonly peak_megabytes: number;
  readonly seconds: number;
}

export async function peakWhile(pid: number, work: () => Promise<unknown>): Promise<Peak> {
  // The kernel begins the peak anew: what starting took is not what this takes (proc(5), clear_refs).
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  const idle = memoryMegabytes(pid, "VmRSS");
  const begun = performance.now();
  await work();
  return {
    idle_megabytes: idle,
    peak_megabytes: memoryMegabytes(pid, "VmHWM"),
    seconds: (performance.now() - begun) / 1000,
  };
}
