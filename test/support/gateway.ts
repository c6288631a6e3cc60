/**
 * A gateway in the test's own process: the real flows and the real store, under a clock that the test sets. Nothing
 * listens; `gateway.app()` is for supertest.
 *
 *     const gateway = await testGateway();       // in beforeAll: PGlite takes a second or two to start
 *     beforeEach(() => gateway.empty());         // a few milliseconds; also sets the clock back
 *     afterAll(() => gateway.close());
 *
 *     const license = await gateway.payPerUse();
 *     const visit = await gateway.launch(license, { who: "ana" });
 *     gateway.clock.advance({ seconds: 120 });
 *     await visit.keep();                        // a beat; the visit keeps the newest token
 *     await gateway.charges(license);
 *
 * The same on real Postgres: `testGateway({ databaseUrl })`, for a database that nothing else uses.
 */
import { mkdtemp, rm } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { createDeps } from "../../src/deps.ts";
import type { Context } from "../../src/flows/context.ts";
import { createKeyRing } from "../../src/flows/keyRing.ts";
import { createMemory } from "../../src/flows/memory.ts";
import { openContentStore } from "../../src/store/content/openContentStore.ts";
import { type Db, openPostgres } from "../../src/store/db.ts";
import { migrate } from "../../src/store/migrate.ts";
import { openEmptyStore } from "./embeddedStore.ts";
import { TEST_OPERATOR_KEY, type TestFixtures, testFixtures } from "./fixtures.ts";
import { createTestClock, START, type TestClock } from "./testClock.ts";
import { createTestLog, type LogLine } from "./testLog.ts";

export interface TestGateway extends TestFixtures {
  readonly context: Context;
  readonly clock: TestClock;
  /** What was logged since the gateway was last emptied. */
  readonly logged: readonly LogLine[];
  /** Another process of the same gateway: the same store and secret, none of the memory. */
  secondProcess(): Context;
  /** Both origins, as they are mounted in production: Host `localhost:8080` and `127.0.0.1:8080`. */
  app(context?: Context): RequestListener;
  /** As it was at first: no rows, the clock at its start, nothing remembered. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

export interface TestGatewayOptions {
  /** Of a Postgres; the embedded store in memory otherwise. */
  readonly databaseUrl?: string;
  /** Settings, as environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
}

export async function testGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const folder = await mkdtemp(join(tmpdir(), "tallygate-test-"));
  const config = readConfig({ NODE_ENV: "test", DATA_FOLDER: folder, ...options.settings });
  const clock = createTestClock();
  const { log, lines } = createTestLog();
  const deps = createDeps(config, { clock, log });
  const db = options.databaseUrl ? await openMigrated(options.databaseUrl, clock) : await openEmptyStore();
  const contentStore = await openContentStore(config);
  const memory = () => createMemory(config, deps, db, createKeyRing([TEST_TOKEN_SECRET]));
  const processOf = (): Context => ({ config, deps, db, contentStore, redis: null, ...memory() });
  const context = processOf();
  return {
    context,
    clock,
    logged: lines,
    secondProcess: processOf,
    app: (of = context) => createApp(of, { stopping: false }, TEST_OPERATOR_KEY),
    empty: async () => {
      await emptyStore(db);
      clock.set(START);
      Object.assign(context, memory());
      lines.length = 0;
    },
    close: async () => {
      await db.close();
      await rm(folder, { recursive: true });
    },
    ...testFixtures(context),
  };
}

/** What it signs and seals with; a process that is to share its store needs the same. */
export const TEST_TOKEN_SECRET = "a secret of the tests, of 32 characters or more";

/** The most that a gateway on a Postgres holds. */
export const TEST_CONNECTIONS = 10;

async function openMigrated(databaseUrl: string, clock: TestClock): Promise<Db> {
  const db = openPostgres(databaseUrl, TEST_CONNECTIONS, raise);
  await migrate(db, clock);
  return db;
}

/**
 * Some tables refuse to be emptied: as a replica applying what its primary did, the database asks no trigger, for this
 * one transaction. Rows are deleted, which for a few of them is quicker than to truncate.
 */
async function emptyStore(db: Db): Promise<void> {
  const tables = await db.query<{ name: string }>(
    "select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename <> 'migration'",
  );
  await db.transaction(async (sql) => {
    await sql.query("set local session_replication_role = replica");
    for (const { name } of tables) await sql.query(`delete from ${name}`);
  });
}

function raise(error: Error): never {
  throw error;
}
