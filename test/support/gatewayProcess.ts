/** The built gateway as a real process, to be killed, stopped and started again on the same folder and ports. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApiClient } from "../../src/edges/cli/apiClient.ts";
import { findCommand } from "../../src/edges/cli/commands.ts";
import { runCommand } from "../../src/edges/cli/runCommand.ts";
import { childrenOf } from "./children.ts";
import { freePort } from "./freePort.ts";
import { until } from "./until.ts";

export interface GatewayProcess {
  readonly appOrigin: string;
  readonly contentOrigin: string;
  readonly dataFolder: string;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Of the workers that run now, where there are several processes. */
  workers(): number[];
  /** All that it has printed, its logs included. */
  output(): string;
  /** `kill -9`. @returns Once the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM. @returns Its exit code. */
  stop(): Promise<number | null>;
  /** Starts it again after `kill` or `stop`. @returns The seconds until it was ready. */
  start(): Promise<number>;
  /** Runs an operator's command in it; the answer is what `--json` prints. */
  operate<Result>(command: string, options?: Record<string, unknown>): Promise<Result>;
}

export interface GatewaySettings {
  readonly dataFolder: string;
  /** Unset: the embedded store in the data folder. */
  readonly databaseUrl?: string;
  /** Unset: no Redis. */
  readonly redisUrl?: string;
  /** How many workers answer; unset: the process itself does, without any. */
  readonly processes?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Of the content origin, such as `*.play.localhost`; `127.0.0.1` then is a former one. */
  readonly contentHost?: string;
  /** Where all that it prints goes: who measures has no time to read along. */
  readonly outputFile?: string;
  /** Of another build than the one in `dist`. */
  readonly program?: string;
}

/** As the Dockerfile and `scripts/start` have it. */
const AS_IN_PRODUCTION = [
  "--max-semi-space-size=32",
  "--heap-growing-percent=100",
  "--no-allocation-site-pretenuring",
];
const MAIN = join(import.meta.dirname, "../../dist/main.js");
const TOKEN_SECRET = "only for tests: the same on every process";
const START_SECONDS = 90;

export async function startGateway(settings: GatewaySettings): Promise<GatewayProcess> {
  const gateway = await prepareGateway(settings);
  await gateway.start();
  return gateway;
}

/** Chooses its port but does not start it yet. */
export async function prepareGateway(settings: GatewaySettings): Promise<GatewayProcess> {
  if (!existsSync(MAIN)) throw new Error("dist/main.js is missing: run `node scripts/build.mjs` first.");
  const port = await freePort();
  const appOrigin = `http://localhost:${port}`;
  const contentOrigin = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let output = "";
  const printed = () => (settings.outputFile ? readFileSync(settings.outputFile, "utf8") : output);

  const start = async () => {
    const begun = performance.now();
    const to = settings.outputFile ? openSync(settings.outputFile, "a") : "pipe";
    const started = spawn(process.execPath, [...AS_IN_PRODUCTION, settings.program ?? MAIN], {
      env: environmentOf(settings, port),
      stdio: ["ignore", to, to],
    });
    if (to !== "pipe") closeSync(to);
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream?.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-100_000);
      });
    await until(
      `the gateway on port ${port} is ready`,
      () => {
        if (hasExited(started)) throw new Error(`The gateway exited:\n${printed()}`);
        return isReady(contentOrigin);
      },
      START_SECONDS,
    );
    return (performance.now() - begun) / 1000;
  };
  const end = (signal: NodeJS.Signals) =>
    new Promise<number | null>((resolve) => {
      if (!child || hasExited(child)) return resolve(child?.exitCode ?? null);
      child.once("close", (code) => resolve(code));
      child.kill(signal);
    });

  return {
    appOrigin,
    contentOrigin,
    dataFolder: settings.dataFolder,
    get pid() {
      return child?.pid ?? 0;
    },
    workers: () => childrenOf(child?.pid),
    output: printed,
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
    start,
    operate: (command, options = {}) => operate(appOrigin, settings.dataFolder, command, options),
  };
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Nothing of the environment that the tests run in but the path: a `DATABASE_URL` there is not ours. */
function environmentOf(settings: GatewaySettings, port: number): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    PORT: String(port),
    PRACTICE_LMS: "off",
    PRACTICE_PLATFORM: "off",
    LOG_LEVEL: "warn",
    LAUNCHES_PER_MINUTE: "1000000",
    LAUNCHES_PER_MINUTE_AND_ADDRESS: "1000000",
    DATA_FOLDER: settings.dataFolder,
    ...(settings.databaseUrl ? { DATABASE_URL: settings.databaseUrl, TOKEN_SECRET } : {}),
    ...(settings.redisUrl ? { REDIS_URL: settings.redisUrl } : {}),
    ...(settings.processes ? { PROCESSES: String(settings.processes) } : {}),
    ...(settings.contentHost
      ? {
          CONTENT_ORIGIN: `http://${settings.contentHost}:${port}`,
          FORMER_CONTENT_ORIGINS: `http://127.0.0.1:${port}`,
        }
      : {}),
    ...settings.environment,
  };
}

async function isReady(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** The command line's own commands, told the way to this gateway and its operator's key. */
async function operate<Result>(
  url: string,
  dataFolder: string,
  name: string,
  options: Record<string, unknown>,
): Promise<Result> {
  const key = await readFile(join(dataFolder, "operator-key"), "utf8");
  const api = createApiClient({ url, key }, { why: "test", newKey: randomUUID });
  const lists = "most" in (findCommand(name)?.options.shape ?? {});
  const asked = lists ? { most: "all", ...options } : options;
  const result = await runCommand({ api, progress: () => undefined, out: undefined }, name, asked);
  if ("file" in result) throw new Error(`${name} writes a file`);
  return ("rows" in result ? result.rows : result.made) as Result;
}

/**
 * A data folder of one test. Its `remove` belongs into a `finally` or an `afterEach`.
 * @param like A folder to begin with a copy of, such as one with a store in it: a first start takes seconds.
 */
export async function temporaryFolder(like?: string): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "tallygate-gateway-"));
  if (like) await cp(like, path, { recursive: true });
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
