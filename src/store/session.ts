/**
 * One connection to Postgres of its own, beside the pool, for as long as one piece of work takes. For migrations: their
 * lock belongs to a session, some of their statements stand outside of any transaction, and some take longer than a
 * launch may wait.
 */
import pg from "pg";
import type { Row, Sql } from "./db.ts";

export interface Session extends Sql {
  /** Commits what `work` did, or nothing when it throws. Tried once. */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
}

export async function inPostgresSession<Result>(
  url: string,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    options: "-c timezone=UTC",
  });
  // A connection that is lost between two statements fails the next one; without a listener it would end the process.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(sessionOn(client));
  } finally {
    await client.end().catch(() => undefined);
  }
}

function sessionOn(client: pg.Client): Session {
  const sql: Sql = {
    query: async <Found extends object>(statement: string, parameters: readonly unknown[] = []) =>
      (await client.query<Found & Row>(statement, [...parameters])).rows,
  };
  return {
    ...sql,
    transaction: async (work) => {
      await client.query("begin");
      try {
        const result = await work(sql);
        await client.query("commit");
        return result;
      } catch (error) {
        await client.query("rollback").catch(() => undefined);
        throw error;
      }
    },
  };
}
