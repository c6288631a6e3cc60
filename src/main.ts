/** The gateway's process: reads the settings, starts, and drains on SIGTERM. `--demo` puts demo data into an empty store. */
import { ConfigError, doubtsAbout, readConfig } from "./config.ts";
import { fillWithDemo } from "./demo/fillWithDemo.ts";
import { createDeps } from "./deps.ts";
import { startGateway } from "./server.ts";
import { FolderHeld } from "./store/holder.ts";
import { SecretDamaged } from "./store/keptSecret.ts";

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const deps = createDeps(config);
  for (const doubt of doubtsAbout(config)) deps.log.warn(doubt);
  const gateway = await startGateway(config, deps);
  if (process.argv.includes("--demo")) await fillWithDemo(gateway.context);
  deps.log.info("Started", { pid: process.pid, port: gateway.port, store: gateway.context.db.type });
  console.log(whereToLook(config.APP_ORIGIN, gateway.practicePort));

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    deps.log.info("Stopping", { signal });
    void gateway.close().then(() => process.exit(0));
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
}

/** The practice LMS is named `localhost` where the content origin is `127.0.0.1`: another site, as a customer's LMS is. */
function whereToLook(appOrigin: string, practicePort: number | null): string {
  const practice =
    practicePort === null
      ? ""
      : `\n  Practice LMS   http://localhost:${practicePort}/   launch the demo course as a learner`;
  return `
Tallygate is running.${practice}
  Health         ${appOrigin}/healthz
  Command line   npx tallygate --help
Stop it with Ctrl+C.
`;
}

main().catch((error: unknown) => {
  const known =
    [ConfigError, FolderHeld, SecretDamaged].some((type) => error instanceof type) || isPortTaken(error);
  console.error(known ? (error as Error).message : error);
  process.exit(1);
});

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
