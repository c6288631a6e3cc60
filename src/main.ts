/** The gateway's process: reads the settings, starts, and drains on SIGTERM. `--demo` puts demo data into an empty store. */
import cluster from "node:cluster";
import { type Config, ConfigError, doubtsAbout, readConfig } from "./config.ts";
import { fillWithDemo } from "./demo/fillWithDemo.ts";
import { createDeps, type Deps } from "./deps.ts";
import { answerPrimary, serveOwnMetrics, serveWorkersMetrics } from "./metricsPort.ts";
import { startWorkers, WorkerDidNotStart, type WorkerStarted } from "./processes.ts";
import { openGateway, startGateway } from "./server.ts";
import { StoreNotOpened } from "./store/embeddedFolder.ts";
import { FolderHeld } from "./store/holder.ts";
import { SecretDamaged } from "./store/keptSecret.ts";
import { openTracing } from "./tracing.ts";

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const deps = createDeps(config, { tracing: await openTracing(config) });
  if (cluster.isWorker) return serveAsWorker(config, deps);
  for (const doubt of doubtsAbout(config)) deps.log.warn(doubt);
  const running = config.PROCESSES > 1 ? await startProcesses(config, deps) : await startAlone(config, deps);
  deps.log.info("Started", {
    port: running.port,
    processes: config.PROCESSES,
    store: config.DATABASE_URL ? "postgres" : "embedded",
  });
  console.log(whereToLook(config, running.practicePort));
  closeWhenTold(deps, running);
}

const isDemo = process.argv.includes("--demo");

async function startAlone(config: Config, deps: Deps) {
  const gateway = await startGateway(config, deps);
  await serveOwnMetrics(config, deps, gateway.gauges);
  if (isDemo) await fillWithDemo(gateway.context);
  return gateway;
}

/** What must happen once happens here, before the first worker is there. */
async function startProcesses(config: Config, deps: Deps) {
  const gateway = await openGateway(config, deps);
  try {
    if (isDemo) await fillWithDemo(gateway.context);
  } finally {
    await gateway.close();
  }
  await serveWorkersMetrics(config, deps);
  return startWorkers(config, deps);
}

async function serveAsWorker(config: Config, deps: Deps): Promise<void> {
  const gateway = await startGateway(config, deps, true);
  answerPrimary(config, deps, gateway.gauges);
  const started: WorkerStarted = {
    type: "started",
    port: gateway.port,
    practice_port: gateway.practicePort,
  };
  process.send?.(started);
  closeWhenTold(deps, gateway);
}

function closeWhenTold({ log, tracing }: Deps, running: { close(): Promise<void> }): void {
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info("Stopping", { signal });
    void running
      .close()
      // A collector that is away keeps nobody from ending.
      .then(() => tracing.close().catch((error) => log.warn("The last traces were not sent", { error })))
      .then(() => process.exit(0));
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
}

/** The practice LMS is named `localhost` where the content origin is `127.0.0.1`: another site, as a customer's LMS is. */
function whereToLook(config: Config, practicePort: number | null): string {
  const practice =
    practicePort === null
      ? ""
      : `\n  Practice LMS   http://localhost:${practicePort}/   launch the demo course as a learner`;
  const platform = config.PRACTICE_PLATFORM
    ? `\n  By LTI         ${config.PRACTICE_PLATFORM_ORIGIN}/   the practice platform: the same in an LMS that speaks LTI`
    : "";
  return `
Tallygate is running.${practice}${platform}
  Health         ${config.APP_ORIGIN}/healthz
  Command line   npx tallygate --help
Stop it with Ctrl+C.
`;
}

main().catch((error: unknown) => {
  const known =
    [ConfigError, FolderHeld, SecretDamaged, StoreNotOpened, WorkerDidNotStart].some(
      (type) => error instanceof type,
    ) || isPortTaken(error);
  console.error(known ? (error as Error).message : error);
  process.exit(1);
});

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
