/**
 * A real Postgres of a test's own: a cluster in a temporary folder, with the durability settings that Postgres has by
 * default, and a database with the schema for each test. It can be stopped, killed and started again.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import pg from "pg";
import { openPostgres } from "../../src/store/db.ts";
import { migrate } from "../../src/store/migrate.ts";
import { childrenOf } from "./children.ts";
import { freePort } from "./freePort.ts";
import { until } from "./until.ts";

export interface PostgresServer {
  /** Makes a database with the schema and no rows, or with nothing at all. @returns Its URL. */
  createDatabase(options?: { readonly empty: true }): Promise<string>;
  /** Ends it in order (`fast`: connections are cut), or as a crash does (`immediate`: it recovers at the next start). */
  stop(how?: "fast" | "immediate"): Promise<void>;
  /** Starts it again. @returns Once it takes connections. */
  start(): Promise<void>;
  /** Stops the server's processes in their tracks: connections stay, nothing answers, as when a network is cut. */
  freeze(): void;
  thaw(): void;
  /** Of all its processes; none where it has ended by itself. */
  pids(): number[];
  /** Stops it and deletes its files. */
  remove(): Promise<void>;
}

export interface PostgresOptions {
  /** Where its files are made; the system's temporary folder otherwise. */
  readonly parent?: string;
}

const TEMPLATE = "tallygate_template";
const START_SECONDS = 90;

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const binaries = findBinaries();
  const owner = ownerOfCluster();
  const folder = await mkdtemp(join(options.parent ?? tmpdir(), "tallygate-postgres-"));
  if (owner) await chown(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  // `--no-sync` hurries the making of the cluster only; the server itself syncs as it does by default.
  execFileSync(
    join(binaries, "initdb"),
    ["-D", data, "-U", "tallygate", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    { cwd: folder, ...owner },
  );
  const port = await freePort();
  const urlOf = (database: string) => `postgres://tallygate@127.0.0.1:${port}/${database}`;
  let server: ChildProcess | null = null;
  let databases = 0;

  const start = async () => {
    const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories="];
    const settingOptions = settings.flatMap((setting) => ["-c", setting]);
    const child = spawn(join(binaries, "postgres"), ["-D", data, ...settingOptions], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      ...owner,
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000);
    });
    server = child;
    await until(
      "Postgres takes connections",
      async () => {
        if (child.exitCode !== null) throw new Error(`Postgres did not start:\n${said}`);
        return runSql(urlOf("postgres"), "select 1").then(
          () => true,
          () => false,
        );
      },
      START_SECONDS,
    );
  };
  const stop = async (how: "fast" | "immediate" = "fast") => {
    if (!server || server.exitCode !== null) return;
    const gone = new Promise((resolve) => server?.once("exit", resolve));
    server.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
    await gone;
  };
  const pids = () => {
    const main = server && server.exitCode === null ? server.pid : undefined;
    return main === undefined ? [] : [main, ...childrenOf(main)];
  };
  const signalAll = (signal: NodeJS.Signals) => {
    for (const pid of pids()) process.kill(pid, signal);
  };

  await start();
  await runSql(urlOf("postgres"), `create database ${TEMPLATE}`);
  const template = openPostgres(urlOf(TEMPLATE), 1, () => undefined);
  await migrate(template, { now: () => new Date() });
  await template.close();

  return {
    createDatabase: async (options) => {
      const name = `test_${++databases}`;
      const template = options?.empty ? "template0" : TEMPLATE;
      await runSql(urlOf("postgres"), `create database ${name} template ${template}`);
      return urlOf(name);
    },
    stop,
    start,
    freeze: () => signalAll("SIGSTOP"),
    thaw: () => signalAll("SIGCONT"),
    pids,
    remove: async () => {
      await stop("immediate");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One statement over a connection of its own. */
export async function runSql(
  url: string,
  statement: string,
  parameters: readonly unknown[] = [],
): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(statement, [...parameters]);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The newest of Debian's, or what is on the path. */
function findBinaries(): string {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, "bin")),
    ...(process.env["PATH"] ?? "").split(delimiter),
  ];
  const found = folders.find((folder) =>
    ["initdb", "postgres"].every((name) => existsSync(join(folder, name))),
  );
  if (!found)
    throw new Error(
      "These tests need a real Postgres 15 or newer: found neither initdb and postgres on the PATH nor a version under /usr/lib/postgresql. On Debian: apt-get install postgresql",
    );
  return found;
}

/** Postgres refuses to run as root: then its own user runs it. Null: whoever runs the tests does. */
function ownerOfCluster(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  try {
    return { uid: idOf("-u"), gid: idOf("-g") };
  } catch (cause) {
    throw new Error("Postgres can't run as root, and there is no user `postgres` to run it as.", { cause });
  }
}
