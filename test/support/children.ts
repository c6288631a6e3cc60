import { execFileSync } from "node:child_process";

/** The ids of the processes that a process has started, and that still run. */
export function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  const listed = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat="], { encoding: "utf8" });
  return listed
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, state]) => Number(parent) === pid && !state?.startsWith("Z"))
    .map(([child]) => Number(child));
}
