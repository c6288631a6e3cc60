/** Processes that the bench starts, and the processor time that processes take. */
import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const BENCH = join(import.meta.dirname, "..");

export interface StartedProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** @returns Once it is gone. */
  end(): Promise<void>;
}

/** A TypeScript file of this folder as a process of its own. @param log A file for what it prints. */
export function startScript(
  script: string,
  environment: Readonly<Record<string, string>>,
  log: string,
): StartedProcess {
  const output = openSync(log, "a");
  const child = fork(join(BENCH, script), {
    execArgv: ["--import", join(BENCH, "typescript.mjs")],
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "production", ...environment },
    stdio: ["ignore", output, output, "ipc"],
  });
  closeSync(output);
  return {
    child,
    pid: child.pid ?? 0,
    end: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

/** The next message of a process. @throws Error when it exits instead. */
export function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error(`${child.spawnargs.at(-1)} exited`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as Message);
    });
  });
}

/** Linux counts a process's time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** What the process, its threads, and the processes below it have used so far; those that ended included. */
export function processorSeconds(pid: number): number {
  return [pid, ...descendantsOf(pid)].reduce((sum, each) => sum + ownSeconds(each), 0);
}

function ownSeconds(pid: number): number {
  const fields = statOf(pid);
  // utime, stime, and cutime and cstime of children that ended: 14 to 17 in proc(5), where the third field is our first.
  const ticks = fields.slice(11, 15).map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}

export function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}

/** The fields after the name, which may hold spaces and brackets; none where the process is gone. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

function descendantsOf(pid: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const);
  const below = (of: number): number[] =>
    parents.filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}
