/**
 * Which gateway the command line speaks to: one that is named, the one that holds the data folder, or where none runs, one
 * that is started for the length of the command. Always by the API, so that there is one way to do a thing.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Config, ConfigError, readConfig } from "./config.ts";
import type { Deps } from "./deps.ts";
import type { Target } from "./edges/cli/http.ts";
import { startGateway } from "./server.ts";
import { askHolder, FolderHeld, type Holder } from "./store/holder.ts";

export interface Reached {
  readonly target: Target;
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const nothingToClose = async () => undefined;

/** @throws ConfigError; FolderHeld where another command takes too long. */
export async function reachGateway(
  environment: Environment,
  depsFor: (config: Config) => Deps,
): Promise<Reached> {
  const named = readTarget(environment);
  if (named) return { target: named, close: nothingToClose };
  const config = readConfig(environment);
  const holder = config.DATABASE_URL ? null : await askHolder(config.DATA_FOLDER).catch(() => null);
  return holder && isServing(holder) ? reachHolder(config, holder) : startHere(config, depsFor(config));
}

function readTarget({ TALLYGATE_URL: url, TALLYGATE_API_KEY: key }: Environment): Target | null {
  if (!url) return null;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new ConfigError("TALLYGATE_URL: expected an address such as https://app.example.com");
  if (!key) throw new ConfigError("TALLYGATE_API_KEY: found nothing, expected an API key of that gateway");
  return { url, key };
}

/**
 * Straight to the port that it listens on: its public address may lead through a proxy, behind which the operator's key is
 * refused, and the key is not to leave this machine.
 */
async function reachHolder(config: Config, { host, port, app_origin }: Holder): Promise<Reached> {
  const address = reachable(host);
  const target: Target = {
    url: `http://${address.includes(":") ? `[${address}]` : address}:${port}`,
    host: new URL(app_origin).host,
    key: await readFile(join(config.DATA_FOLDER, "operator-key"), "utf8"),
  };
  return { target, close: nothingToClose };
}

/** Who listens on all addresses is found on the loopback one. */
function reachable(host: string): string {
  return { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
}

/** Another command's holds the folder too, but is about to end. */
function isServing({ port }: Holder): boolean {
  return port !== 0;
}

const PATIENCE_SECONDS = 30;
const ASK_AGAIN_SECONDS = 0.2;

async function startHere(config: Config, deps: Deps): Promise<Reached> {
  const here = { ...config, HOST: "127.0.0.1", PORT: 0, PRACTICE_LMS: false, STOP_NOTICE_SECONDS: 0 };
  for (let waited = 0; ; waited += ASK_AGAIN_SECONDS) {
    try {
      const gateway = await startGateway(here, deps);
      const target: Target = {
        url: `http://${here.HOST}:${gateway.port}`,
        host: new URL(config.APP_ORIGIN).host,
        key: gateway.operatorKey,
      };
      return { target, close: gateway.close };
    } catch (error) {
      if (!(error instanceof FolderHeld)) throw error;
      if (isServing(error.holder)) return reachHolder(config, error.holder);
      if (waited >= PATIENCE_SECONDS) throw error;
      await sleep(ASK_AGAIN_SECONDS * 1000);
    }
  }
}
