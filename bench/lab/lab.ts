/** What every bench works with: a throw-away Postgres, the built gateway, the load driver; each a process of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type GatewayProcess, startGateway } from "../../test/support/gatewayProcess.ts";
import { type PostgresServer, startPostgres } from "../../test/support/postgres.ts";
import { type LoadDriver, startLoadDriver } from "./loadDriver.ts";
import { nextMessage, parentOf, processorSeconds, startScript } from "./processes.ts";

/** What the floors sign and verify with. */
export const FLOOR_SECRET = "only for the bench: the floors' own secret";
/** The gateway's default, and so the floor's. */
export const DATABASE_CONNECTIONS = 10;

export interface Lab {
  readonly driver: LoadDriver;
  /** For files that go when the bench ends. */
  readonly folder: string;
  /** An empty database that nothing uses. */
  readonly databaseUrl: string;
  /** Says how far a bench is, to whoever watches. */
  say(progress: string): void;
  /** A gateway on a database of its own. */
  openGateway(environment?: Readonly<Record<string, string>>): Promise<LabGateway>;
  /** A file for what processes print. */
  readonly log: string;
  /** A database with nothing in it. @returns Its URL. */
  createDatabase(): Promise<string>;
  /** A script of bench/floors, listening. */
  openFloor(script: string, environment: Readonly<Record<string, string>>): Promise<Server>;
  /** Processor seconds of Postgres so far, its backends included. */
  databaseSeconds(): number;
  close(): Promise<void>;
}

/** Something that is asked and measured. */
export interface Server {
  readonly port: number;
  readonly pid: number;
  end(): Promise<void>;
}

export interface LabGateway extends Server {
  readonly process: GatewayProcess;
  readonly databaseUrl: string;
  readonly sql: pg.Client;
}

export async function openLab(say: (progress: string) => void): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), "tallygate-bench-"));
  const log = join(folder, "output.log");
  let postgres: PostgresServer | null = null;
  let driver: LoadDriver | null = null;
  const servers: Server[] = [];
  const close = async () => {
    await Promise.all(servers.map((server) => server.end()));
    await driver?.end();
    await postgres?.remove();
    await rm(folder, { recursive: true, force: true });
  };
  const opened = <Opened extends Server>(server: Opened): Opened => {
    servers.push(server);
    return server;
  };
  try {
    postgres = await startPostgres();
    driver = await startLoadDriver(log);
    const server = postgres;
    const databaseUrl = await server.createDatabase();
    const postmaster = await checkedPostmaster(databaseUrl);
    return {
      databaseUrl,
      driver,
      folder,
      log,
      say,
      databaseSeconds: () => processorSeconds(postmaster),
      openGateway: async (environment = {}) =>
        opened(await openGateway(await server.createDatabase(), folder, environment)),
      createDatabase: () => server.createDatabase({ empty: true }),
      openFloor: async (script, environment) => opened(await openFloor(script, environment, log)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is measured without these is another machine's disk. @returns The process id of Postgres. */
async function checkedPostmaster(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const setting of ["synchronous_commit", "fsync", "full_page_writes"]) {
      const { rows } = await client.query(`show ${setting}`);
      if (rows[0][setting] !== "on") throw new Error(`Postgres runs with ${setting} off`);
    }
    const { rows } = await client.query("select pg_backend_pid() as pid");
    return parentOf(rows[0].pid);
  } finally {
    await client.end();
  }
}

async function openGateway(
  databaseUrl: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<LabGateway> {
  const gateway = await startGateway({
    dataFolder: await mkdtemp(join(folder, "data-")),
    databaseUrl,
    outputFile: join(folder, "gateway.log"),
    environment: {
      NODE_ENV: "production",
      LOG_LEVEL: "info",
      STOP_NOTICE_SECONDS: "0",
      PROCESSES: "1",
      DATABASE_CONNECTIONS: String(DATABASE_CONNECTIONS),
      // All come from one address here. Every one is counted all the same.
      KEEPS_PER_MINUTE: "1000000",
      KEEPS_PER_MINUTE_AND_ADDRESS: "10000000",
      CONTENT_REQUESTS_PER_MINUTE_AND_ADDRESS: "10000000",
      API_REQUESTS_PER_MINUTE: "1000000",
      ...environment,
    },
  });
  const sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();
  return {
    process: gateway,
    databaseUrl,
    sql,
    port: Number(new URL(gateway.contentOrigin).port),
    pid: gateway.pid,
    end: async () => {
      await sql.end().catch(() => undefined);
      await gateway.kill();
    },
  };
}

async function openFloor(
  script: string,
  environment: Readonly<Record<string, string>>,
  log: string,
): Promise<Server> {
  const floor = startScript(`floors/${script}`, environment, log);
  const { port } = await nextMessage<{ port: number }>(floor.child);
  return { port, pid: floor.pid, end: floor.end };
}
