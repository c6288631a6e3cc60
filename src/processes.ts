/**
 * Several processes of one gateway (docs/decisions/processes.md): a primary that answers nothing and keeps nothing, and
 * workers that share its port. A worker that ends is replaced.
 */
import cluster, { type Worker } from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "./config.ts";
import type { Deps } from "./deps.ts";

/** What a worker tells its primary once it answers. */
export interface WorkerStarted {
  readonly type: "started";
  readonly port: number;
  readonly practice_port: number | null;
}

export interface Workers {
  readonly port: number;
  readonly practicePort: number | null;
  /** Ends them in order, as each ends on SIGTERM by itself. */
  close(): Promise<void>;
}

/** The reason stands above it: the worker has said it. */
export class WorkerDidNotStart extends Error {
  override readonly name = "WorkerDidNotStart";
}

/** Who lives this long has not ended for want of something at the start. */
const LASTING_SECONDS = 3;
const SHORTEST_PAUSE_SECONDS = 0.1;
const LONGEST_PAUSE_SECONDS = 2;
/** Beyond the time that the settings give a worker to end. */
const PATIENCE_SECONDS = 5;

interface Place {
  readonly environment: Readonly<Record<string, string>>;
  worker: Worker;
  gone: Promise<string>;
}

/**
 * The store must be prepared. Only the first worker serves the practice LMS and platform: what they show is in its own
 * memory.
 * @throws WorkerDidNotStart
 */
export async function startWorkers(config: Config, deps: Deps): Promise<Workers> {
  // Workers take connections by themselves: one that the primary hands to a worker that is dying hangs for ever. Said
  // first, for `setupPrimary` goes by it.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  // They take no part of the command line: what it asks for is the primary's to do.
  cluster.setupPrimary({ args: [] });
  const places = Array.from({ length: config.PROCESSES }, (_, index) =>
    placeWith(index === 0 ? {} : withoutPractice(config)),
  );
  const closing = new AbortController();
  try {
    const started = await Promise.all(places.map(hasStarted));
    const kept = places.map((place) => keepFilled(place, deps, closing.signal));
    return {
      port: started[0]?.port ?? config.PORT,
      practicePort: started[0]?.practice_port ?? null,
      close: async () => {
        closing.abort();
        await end(places, config.STOP_NOTICE_SECONDS + config.STOP_SECONDS + PATIENCE_SECONDS);
        await Promise.all(kept);
      },
    };
  } catch (error) {
    await end(places, PATIENCE_SECONDS);
    throw error;
  }
}

/** The others go on trusting the practice platform that the first one serves. */
function withoutPractice(config: Config): Readonly<Record<string, string>> {
  const trusted = config.PRACTICE_PLATFORM ? [config.PRACTICE_PLATFORM_ORIGIN] : [];
  return {
    PRACTICE_LMS: "off",
    PRACTICE_PLATFORM: "off",
    LTI_TRUSTED_ORIGINS: [...config.LTI_TRUSTED_ORIGINS, ...trusted].join(" "),
  };
}

function placeWith(environment: Readonly<Record<string, string>>): Place {
  return { environment, ...fork(environment) };
}

function fork(environment: Readonly<Record<string, string>>): Pick<Place, "worker" | "gone"> {
  const worker = cluster.fork(environment);
  const gone = new Promise<string>((resolve) =>
    worker.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`)),
  );
  return { worker, gone };
}

function hasStarted({ worker, gone }: Place): Promise<WorkerStarted> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: Partial<WorkerStarted>) => {
      if (message.type === "started") resolve(message as WorkerStarted);
    });
    void gone.then((how) => reject(new WorkerDidNotStart(`A process ended before it had started: ${how}.`)));
  });
}

async function keepFilled(place: Place, deps: Deps, closing: AbortSignal): Promise<void> {
  for (let shortLives = 0; ; ) {
    const lived = deps.stopwatch();
    const how = await place.gone;
    if (closing.aborted) return;
    shortLives = lived() < LASTING_SECONDS ? shortLives + 1 : 0;
    const pause = Math.min(SHORTEST_PAUSE_SECONDS * 2 ** shortLives, LONGEST_PAUSE_SECONDS);
    deps.log.warn("A process ended and is replaced", {
      ended: place.worker.process.pid,
      how,
      pause_seconds: pause,
    });
    await sleep(pause * 1000, undefined, { signal: closing }).catch(() => undefined);
    if (closing.aborted) return;
    Object.assign(place, fork(place.environment));
  }
}

async function end(places: readonly Place[], seconds: number): Promise<void> {
  for (const { worker } of places) worker.process.kill("SIGTERM");
  const kill = setTimeout(() => {
    for (const { worker } of places) worker.process.kill("SIGKILL");
  }, seconds * 1000);
  await Promise.all(places.map(({ gone }) => gone));
  clearTimeout(kill);
}
