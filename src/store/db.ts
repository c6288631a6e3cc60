/**
 * The one way to the database: Postgres by `pg`, or the embedded PGlite; the same SQL on both. Only flows open
 * transactions (DESIGN §9.5). Values: `bigint` comes back as a number, `timestamptz` as a Date, `jsonb` parsed;
 * JSON parameters go in as text (`JSON.stringify`) cast by `::jsonb`.
 */
import { PGlite, type PGliteOptions, type Transaction } from "@electric-sql/pglite";
import { btree_gist } from "@electric-sql/pglite/contrib/btree_gist";
import pg from "pg";
import { Fault } from "../core/faults.ts";
import { createSockets, type Doubt } from "./doubt.ts";
import { openQuick } from "./quick.ts";
import { inPostgresSession, type Session } from "./session.ts";

export type Row = Record<string, unknown>;

/** Runs statements: one by one, or within the transaction it was handed out by. */
export interface Sql {
  /** @throws Fault `store_unavailable` when the database can't be reached. */
  query<Result extends object = Row>(statement: string, parameters?: readonly unknown[]): Promise<Result[]>;
}

/**
 * Ends a reading of rows that are to stay as they are until the transaction ends. Others may add rows that refer to them
 * meanwhile: a launch waits for nobody who changes its account, license or delivery.
 */
export const LOCKED = "for no key update";

/** Somebody else was faster to write what was about to be written: the transaction begins again, and finds it. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
  readonly code = "40001";
}

export interface Db extends Sql {
  readonly type: "postgres" | "embedded";
  /**
   * For the few statements that every launch runs, each of which finds its rows by their keys. On Postgres they are prepared
   * once per connection, and have connections of their own, so that nothing slow keeps a launch waiting.
   */
  readonly quick: Sql;
  /**
   * Commits what `work` did, or nothing when it throws. Deadlocks and serialization failures are tried again, up to
   * five times in all, so `work` must have no effects besides its statements.
   */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** A connection of its own without limits of time: for migrations. */
  session<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

const MOST_TRIES = 5;
const TRY_AGAIN = new Set(["40001", "40P01"]);
/** SQLSTATE classes and codes that say the server, not the statement, is at fault; and Node's for a lost connection. */
const UNAVAILABLE =
  /^(08|25006|25P03|28|3D|53|57014|57P0|58|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)/;
const LOST =
  /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool|PGlite is clos/;

export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

function translate(error: unknown): unknown {
  const lost = error instanceof Error && LOST.test(error.message);
  if (!lost && !UNAVAILABLE.test(codeOf(error))) return error;
  return new Fault("store_unavailable", "The database can't be reached; try again shortly.", {
    cause: error,
  });
}

/** How many connections of a pool there are, how many of them idle, and how many requests wait for one. */
export interface PoolUse {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface Pools {
  poolUse(): { readonly general: PoolUse; readonly quick?: PoolUse };
}

/**
 * @param connections The most to hold; half of them are for `quick`.
 * @param prepared As the setting DATABASE_PREPARED.
 */
export function openPostgres(
  url: string,
  connections: number,
  onError: (error: Error) => void,
  prepared = true,
): Db & Doubt & Pools {
  const ofQuick = Math.floor(connections / 2);
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  types.setTypeParser(pg.types.builtins.NUMERIC, Number);
  const sockets = createSockets();
  const pool = new pg.Pool({
    connectionString: url,
    stream: sockets.newSocket,
    max: connections - ofQuick,
    connectionTimeoutMillis: 5000,
    statement_timeout: 60_000,
    // For a server that no longer answers at all, and so does not keep its own time limit either.
    query_timeout: 65_000,
    // A process that is cut off holds its locks no longer than this.
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
    options: "-c timezone=UTC",
    types,
  });
  pool.on("error", onError);
  const on = (client: Pick<pg.ClientBase, "query">): Sql => ({
    // Taken out of the driver's own list: what remains of one query there is held, for a while, by what remains of the next,
    // and rows that outlive their use so are collected late. A report of a million of them took 100 MB more.
    query: async <Result extends object>(statement: string, parameters: readonly unknown[] = []) =>
      (await client.query<Result & Row>(statement, [...parameters])).rows.splice(0),
  });
  const withClient = async <Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> => {
    const client = await pool.connect();
    let broken: Error | undefined;
    // The pool listens to idle connections only: one that is lost between two statements would end the process.
    client.on("error", onError);
    try {
      return await work(client);
    } catch (error) {
      if (error instanceof Error && translate(error) !== error) broken = error;
      throw error;
    } finally {
      client.off("error", onError);
      client.release(broken);
    }
  };
  const once = <Result>(work: (sql: Sql) => Promise<Result>) =>
    withClient(async (client) => {
      await client.query("begin");
      try {
        const result = await work(on(client));
        await client.query("commit");
        return result;
      } catch (error) {
        // A lost connection takes its transaction with it.
        if (translate(error) === error) await client.query("rollback").catch(() => undefined);
        throw error;
      }
    });
  const translated = (sql: Sql): Sql => ({
    query: (statement, parameters) =>
      sql.query<never>(statement, parameters).catch((error) => Promise.reject(translate(error))),
  });
  const isBroken = (error: unknown) => translate(error) !== error;
  const quick =
    ofQuick > 0
      ? openQuick({ url, connections: ofQuick, prepared, types, onError, isBroken, sockets })
      : null;
  return {
    type: "postgres",
    ...translated(on(pool)),
    quick: translated(quick ?? on(pool)),
    transaction: (work) => tryAgain(() => once(work)),
    session: (work) =>
      inPostgresSession(url, work).catch((error) => Promise.reject(translate(error))) as Promise<never>,
    close: async () => {
      await Promise.all([pool.end(), quick?.pool.end()]);
    },
    poolUse: () => ({ general: useOf(pool), ...(quick ? { quick: useOf(quick.pool) } : {}) }),
    doubtConnections: sockets.doubtConnections,
  };
}

function useOf({ totalCount, idleCount, waitingCount }: pg.Pool): PoolUse {
  return { total: totalCount, idle: idleCount, waiting: waitingCount };
}

/** The embedded store in memory, for tests. */
export async function openEmbedded(): Promise<Db> {
  return embeddedOn(await startEmbedded({}));
}

export async function startEmbedded(where: Pick<PGliteOptions, "dataDir" | "loadDataDir">): Promise<PGlite> {
  const lite = await PGlite.create({
    ...where,
    extensions: { btree_gist },
    parsers: { 20: Number, 1700: Number },
  });
  await lite.exec("set timezone = 'UTC'");
  return lite;
}

/** One connection: transactions run one after the other, so keep each short. */
export function embeddedOn(lite: PGlite): Db {
  const on = (client: Pick<PGlite, "query"> | Transaction): Sql => ({
    query: async <Result extends object>(statement: string, parameters: readonly unknown[] = []) =>
      (await client.query<Result>(statement, [...parameters])).rows,
  });
  const sql: Sql = {
    query: (statement, parameters) =>
      on(lite)
        .query(statement, parameters)
        .catch((error) => Promise.reject(translate(error))) as Promise<never>,
  };
  const embedded: Omit<Db, "session"> = {
    type: "embedded",
    ...sql,
    quick: sql,
    transaction: (work) => tryAgain(() => lite.transaction((transaction) => work(on(transaction)))),
    close: () => lite.close(),
  };
  // Its one connection is its own in any case.
  return { ...embedded, session: (work) => work(embedded) };
}

async function tryAgain<Result>(once: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once();
    } catch (error) {
      if (attempt >= MOST_TRIES || !TRY_AGAIN.has(codeOf(error))) throw translate(error);
    }
  }
}
