/** The imports that this process has taken on: a few at a time, and all of them broken off when it stops. */

const MOST_AT_ONCE = 2;

export interface RunningImports {
  /** Runs `work` as soon as it is its turn; nobody waits for it. It must not throw. */
  start(work: (signal: AbortSignal) => Promise<void>): void;
  /** Breaks off all of them. @returns Once each has cleaned up after itself. */
  stop(): Promise<void>;
}

export function createRunningImports(): RunningImports {
  const stopping = new AbortController();
  const waiting: (() => Promise<void>)[] = [];
  const running = new Set<Promise<void>>();

  const next = () => {
    if (running.size >= MOST_AT_ONCE) return;
    const work = waiting.shift();
    if (!work) return;
    const run = work().finally(() => {
      running.delete(run);
      next();
    });
    running.add(run);
  };
  return {
    start: (work) => {
      waiting.push(() => work(stopping.signal));
      next();
    },
    stop: async () => {
      stopping.abort(new Error("The gateway stops"));
      while (running.size > 0) await Promise.all(running);
    },
  };
}
