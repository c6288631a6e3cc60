import type { Db } from "../../src/store/db.ts";
import { TEST_CONNECTIONS } from "./gateway.ts";

/** Of each of the two kinds that there are (`openPostgres`). */
const CONNECTIONS_OF_A_KIND = TEST_CONNECTIONS / 2;

/** Kept by each long enough that the next one of these is sent on another connection. */
const TELL_NOW = "select pg_stat_force_next_flush(), pg_sleep(0.1)";

/**
 * The rows that this Postgres has read from this database's tables so far, by a key or in passing. A connection tells of what it
 * did when it likes, up to ten seconds later: so every one there may be is opened, and told to tell at once.
 */
export async function rowsRead(db: Db): Promise<number> {
  const kinds = [db, db.quick].flatMap((kind) => Array<typeof db.quick>(CONNECTIONS_OF_A_KIND).fill(kind));
  await Promise.all(kinds.map((kind) => kind.query(TELL_NOW)));
  const [row] = await db.query<{ rows: number }>(
    "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 as rows from pg_stat_user_tables",
  );
  return row?.rows ?? Number.NaN;
}
