/**
 * The connections for what every launch runs (`Db.quick`). Their statements are prepared: parsed and planned once for each
 * connection. So the plan is made while tables may still be all but empty, and must be right when they hold millions of
 * rows: on these connections the planner is told to go by keys only (docs/decisions/launch-path.md).
 */
import { createHash } from "node:crypto";
import pg from "pg";
import type { Row, Sql } from "./db.ts";
import type { Sockets } from "./doubt.ts";

/** Whoever waits longer is better told to try again: the player does so by itself. */
const MOST_SECONDS = 5;
/** Left to the server to keep its own limit, before it is taken to be gone. */
const GRACE_SECONDS = 1;

const BY_KEYS_ONLY = [
  "enable_seqscan=off",
  "enable_bitmapscan=off",
  "enable_hashjoin=off",
  "enable_mergejoin=off",
  "enable_material=off",
  "enable_memoize=off",
  // A row that is looked at in vain costs, however small the table: going through ten of them is not as good as going to one.
  "cpu_tuple_cost=1",
  "cpu_index_tuple_cost=1",
  // As they are written: from what was asked to what is found by it.
  "join_collapse_limit=1",
  "from_collapse_limit=1",
  "plan_cache_mode=force_generic_plan",
  "jit=off",
];

/**
 * A condition on `position` that is always true, for the rows that a statement is handed as JSON. The planner takes them for a
 * hundred, for whom it would rather go through a whole table that it takes for small; by this it takes them for one.
 */
export const FEW_ROWS = "position between 0 and 1000000";

/**
 * A table that was empty when a statement was planned fills by what these connections write: so plans are made anew whenever
 * a connection has run twice as many statements, and at least after so many.
 */
const FIRST_PLAN_ANEW = 8;
const PLAN_ANEW_AT_LEAST = 16_384;

function isPlanDue(statements: number): boolean {
  if (statements % PLAN_ANEW_AT_LEAST === 0) return true;
  const isPowerOfTwo = (statements & (statements - 1)) === 0;
  return statements >= FIRST_PLAN_ANEW && statements < PLAN_ANEW_AT_LEAST && isPowerOfTwo;
}

export interface Quick extends Sql {
  readonly pool: pg.Pool;
}

export interface QuickSettings {
  readonly url: string;
  readonly connections: number;
  /** Off: for a pooler that hands statements of one session to several connections. */
  readonly prepared: boolean;
  readonly types: pg.CustomTypesConfig;
  readonly onError: (error: Error) => void;
  /** Whether the connection is of no more use after it. */
  readonly isBroken: (error: unknown) => boolean;
  readonly sockets: Sockets;
}

export function openQuick(settings: QuickSettings): Quick {
  const pool = new pg.Pool({
    connectionString: settings.url,
    stream: settings.sockets.newSocket,
    max: settings.connections,
    connectionTimeoutMillis: MOST_SECONDS * 1000,
    statement_timeout: MOST_SECONDS * 1000,
    query_timeout: (MOST_SECONDS + GRACE_SECONDS) * 1000,
    keepAlive: true,
    options: ["timezone=UTC", ...BY_KEYS_ONLY].map((option) => `-c ${option}`).join(" "),
    types: settings.types,
  });
  pool.on("error", settings.onError);
  // The pool listens to idle connections only: one that is lost while it is in use would end the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const statementsOf = new WeakMap<pg.PoolClient, number>();
  const planAnew = async (client: pg.PoolClient) => {
    const statements = (statementsOf.get(client) ?? 0) + 1;
    statementsOf.set(client, statements);
    if (isPlanDue(statements)) await client.query("discard plans");
  };
  return {
    pool,
    query: async <Result extends object>(statement: string, parameters: readonly unknown[] = []) => {
      const client = await pool.connect();
      let broken = false;
      try {
        await planAnew(client);
        const values = [...parameters];
        const asked = { text: statement, values, ...(settings.prepared ? { name: nameOf(statement) } : {}) };
        return (await client.query<Result & Row>(asked)).rows;
      } catch (error) {
        broken = settings.isBroken(error);
        throw error;
      } finally {
        client.release(broken);
      }
    },
  };
}

const names = new Map<string, string>();

/** The same text has the same name, in every process and version. */
function nameOf(statement: string): string {
  const known = names.get(statement);
  if (known !== undefined) return known;
  const name = createHash("sha256").update(statement).digest("base64url").slice(0, 22);
  names.set(statement, name);
  return name;
}
