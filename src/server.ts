/** Starts and stops a gateway: settings → store → context → app → listen. */
import { mkdir } from "node:fs/promises";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createApp } from "./app.ts";
import type { Config } from "./config.ts";
import { Fault } from "./core/faults.ts";
import { KIND_NAMES } from "./core/licensing/kinds/index.ts";
import { addSeconds } from "./core/time.ts";
import type { Deps } from "./deps.ts";
import { API_PATH } from "./edges/api/answer.ts";
import { ROUTES } from "./edges/api/routes/index.ts";
import type { Readiness } from "./edges/http/health.ts";
import { type ConnectionSettings, createLimitedServer } from "./edges/http/limitedServer.ts";
import { observed } from "./edges/http/observe.ts";
import { routeNamer } from "./edges/http/routeNames.ts";
import { gatewayHere } from "./edges/practice/gatewayHere.ts";
import { ltiGatewayHere } from "./edges/practice/ltiGatewayHere.ts";
import { createPracticeServer } from "./edges/practice/practiceServer.ts";
import { createPlatformServer, type PlatformServer } from "./edges/practicePlatform/platformServer.ts";
import type { Context } from "./flows/context.ts";
import { discardLeftUploads, endSilentImports } from "./flows/courseImports.ts";
import { discardLeftContent } from "./flows/import/discardLeftContent.ts";
import { createKeyRing } from "./flows/keyRing.ts";
import { createMemory } from "./flows/memory.ts";
import type { Gauges } from "./metrics.ts";
import { othersOf } from "./others.ts";
import { CLIENT_FOLDER, VERSION } from "./paths.ts";
import { startSchedule } from "./schedule.ts";
import type { ContentStore } from "./store/content/contentStore.ts";
import { observedContentStore } from "./store/content/observedContentStore.ts";
import { openContentStore } from "./store/content/openContentStore.ts";
import { type Db, openPostgres } from "./store/db.ts";
import { openEmbeddedFolder } from "./store/embeddedFolder.ts";
import { type Hold, holdFolder } from "./store/holder.ts";
import { keptSecret, keptSecrets, tokenSecretFile } from "./store/keptSecret.ts";
import { listStoredKinds } from "./store/licenses.ts";
import { migrate } from "./store/migrate.ts";
import { observedDb } from "./store/observedDb.ts";
import { openRedis } from "./store/redis.ts";

/** The store and what the flows need; nothing listens yet. */
export interface OpenGateway {
  readonly context: Context;
  /** Opens the API, as an owner, to whoever can read the data folder. */
  readonly operatorKey: string;
  readonly gauges: Gauges;
  /** Hears of what other processes do: for a gateway that serves. */
  join(): void;
  close(): Promise<void>;
}

export interface RunningGateway extends OpenGateway {
  readonly port: number;
  readonly practicePort: number | null;
}

/** Content that nobody touched for this long and nothing names is of an import that died. */
const STALE_IMPORT_SECONDS = 24 * 60 * 60;

/**
 * @param isPrepared The store was brought up to date and swept already: then nothing is asked of it, so that a process
 * starts while Postgres is away.
 * @throws FolderHeld when another process holds the data folder (embedded store only).
 */
export async function openGateway(config: Config, deps: Deps, isPrepared = false): Promise<OpenGateway> {
  // What is in it is for its owner's eyes: learners, courses, secrets.
  await mkdir(config.DATA_FOLDER, { recursive: true, mode: 0o700 });
  const hold = config.DATABASE_URL
    ? null
    : await holdFolder(config.DATA_FOLDER, {
        pid: process.pid,
        host: config.HOST,
        port: config.PORT,
        app_origin: config.APP_ORIGIN,
      });
  try {
    return await open(config, deps, hold, isPrepared);
  } catch (error) {
    await hold?.release();
    throw error;
  }
}

async function open(
  config: Config,
  deps: Deps,
  hold: Hold | null,
  isPrepared: boolean,
): Promise<OpenGateway> {
  const postgres = config.DATABASE_URL
    ? openPostgres(
        config.DATABASE_URL,
        config.DATABASE_CONNECTIONS,
        (error) => deps.log.warn("A connection to Postgres was lost", { error }),
        config.DATABASE_PREPARED,
      )
    : null;
  const db = observedDb(postgres ?? (await openEmbeddedFolder(join(config.DATA_FOLDER, "store"))), deps);
  try {
    const contentStore = observedContentStore(await openContentStore(config), deps);
    if (!isPrepared) await prepare(config, deps, db, contentStore);
    const redis = config.REDIS_URL ? openRedis(config.REDIS_URL, deps.log) : null;
    const context: Context = {
      config,
      deps,
      db,
      contentStore,
      redis,
      ...createMemory(config, deps, db, createKeyRing(await tokenSecrets(config))),
    };
    const others = othersOf(context, postgres);
    return {
      context,
      operatorKey: await keptSecret(join(config.DATA_FOLDER, "operator-key")),
      gauges: {
        version: VERSION,
        poolUse: () => postgres?.poolUse() ?? {},
        redisIsUp: () => redis?.isUp ?? null,
      },
      join: others.join,
      close: async () => {
        await context.imports.stop();
        await others.leave();
        await context.floods.flush();
        await db.close();
        await hold?.release();
      },
    };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** Once for all processes of a machine; any number may do it at the same time. */
async function prepare(config: Config, deps: Deps, db: Db, contentStore: ContentStore): Promise<void> {
  const { applied, ahead } = await migrate(db, deps.clock);
  if (applied.length > 0) deps.log.info("The schema was brought up to date", { applied });
  if (ahead.length > 0)
    deps.log.info("The schema is newer than this version, which may run beside it", { ahead });
  await requireKnownKinds(db);
  await sweepContent(deps, db, contentStore);
  await endSilentImports({ db, deps });
  await discardLeftUploads({ config }, addSeconds(deps.clock.now(), -STALE_IMPORT_SECONDS));
}

/** What is left now goes with the next start: launches need no content store, so its trouble is no reason not to start. */
async function sweepContent(deps: Deps, db: Db, contentStore: ContentStore): Promise<void> {
  const stale = addSeconds(deps.clock.now(), -STALE_IMPORT_SECONDS);
  try {
    await contentStore.sweep(stale);
    await discardLeftContent({ contentStore, db, deps }, stale);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "content_unavailable") throw error;
    deps.log.warn("The content store could not be swept", { error: error.cause });
  }
}

/** By the settings, or as kept in the data folder; the first signs. */
async function tokenSecrets(config: Config): Promise<readonly string[]> {
  const { TOKEN_SECRET, TOKEN_SECRET_NEXT, TOKEN_SECRET_PREVIOUS } = config;
  return TOKEN_SECRET
    ? [TOKEN_SECRET, TOKEN_SECRET_NEXT, TOKEN_SECRET_PREVIOUS].filter((secret) => secret !== "")
    : keptSecrets(tokenSecretFile(config.DATA_FOLDER));
}

/** A license of a kind that this version does not know can't be decided: better not to start (DESIGN §3). */
async function requireKnownKinds(db: Db): Promise<void> {
  const unknown = (await listStoredKinds(db)).filter((kind) => !KIND_NAMES.includes(kind));
  if (unknown.length > 0)
    throw new Error(
      `The store holds licenses of kinds that this version does not know: ${unknown.join(", ")}.`,
    );
}

const nameRoute = routeNamer([
  "/api/openapi.json",
  "/api/docs",
  ...ROUTES.map(({ path }) => `${API_PATH}${path}`),
]);

/** @param isPrepared As for `openGateway`. */
export async function startGateway(config: Config, deps: Deps, isPrepared = false): Promise<RunningGateway> {
  const gateway = await openGateway(config, deps, isPrepared);
  const { context } = gateway;
  const readiness: Readiness = { stopping: false };
  const servers: Server[] = [];
  let practice: Server | undefined;
  let platform: PlatformServer | undefined;
  gateway.join();
  try {
    const app = withoutKeepAliveWhen(readiness, createApp(context, readiness, gateway.operatorKey));
    servers.push(await listen(config, observed(deps, nameRoute, app), config.PORT, config.HOST));
    if (config.PRACTICE_LMS) {
      practice = await listen(config, practiceLms(context), config.PRACTICE_PORT, config.HOST);
      servers.push(practice);
    }
    if (config.PRACTICE_PLATFORM) {
      platform = await practicePlatform(context);
      servers.push(await listen(config, platform.app, config.PRACTICE_PLATFORM_PORT, config.HOST));
    }
  } catch (error) {
    await gateway.close();
    throw error;
  }
  const schedule = startSchedule(context);
  return {
    ...gateway,
    port: portOf(servers[0]) ?? config.PORT,
    practicePort: portOf(practice),
    close: async () => {
      readiness.stopping = true;
      await sleep(config.STOP_NOTICE_SECONDS * 1000);
      await Promise.all(servers.map((server) => stop(server, config.STOP_SECONDS)));
      await schedule.stop();
      await platform?.settled();
      await gateway.close();
    },
  };
}

function practiceLms(context: Context): RequestListener {
  return createPracticeServer({
    dataFolder: join(context.config.DATA_FOLDER, "practice-lms"),
    clientFolder: CLIENT_FOLDER,
    gateway: gatewayHere(context),
    deps: context.deps,
  });
}

function practicePlatform(context: Context): Promise<PlatformServer> {
  const { config, deps } = context;
  return createPlatformServer({
    dataFolder: join(config.DATA_FOLDER, "practice-platform"),
    clientFolder: CLIENT_FOLDER,
    origin: config.PRACTICE_PLATFORM_ORIGIN,
    gateway: ltiGatewayHere(context),
    now: () => deps.clock.now(),
    newId: () => deps.newId(),
    onTrouble: (error) => deps.log.error("The practice platform failed", { error }),
  });
}

function listen(
  settings: ConnectionSettings,
  listener: RequestListener,
  port: number,
  host: string,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createLimitedServer(settings, listener);
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

/** While stopping, an answer ends its connection, so that the next request finds another process. */
function withoutKeepAliveWhen(readiness: Readiness, listener: RequestListener): RequestListener {
  return (request, response) => {
    if (readiness.stopping) response.setHeader("Connection", "close");
    listener(request, response);
  };
}

const LOOK_FOR_IDLE_MILLISECONDS = 50;

/** Requests under way may finish; what still runs after `seconds` is cut. */
function stop(server: Server, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), seconds * 1000);
    // A connection whose request was under way would otherwise stay open for the next one.
    const idle = setInterval(() => server.closeIdleConnections(), LOOK_FOR_IDLE_MILLISECONDS);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(idle);
      resolve();
    });
  });
}

function portOf(server: Server | undefined): number | null {
  return (server?.address() as AddressInfo | undefined)?.port ?? null;
}
