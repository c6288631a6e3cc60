/** A database whose statements and commits are measured, and traced where traces are on. */
import { isStoreUnavailable } from "../core/faults.ts";
import type { Deps, TraceSpan } from "../deps.ts";
import type { Db, Sql } from "./db.ts";

type Observers = Pick<Deps, "metrics" | "tracing" | "stopwatch">;

export function observedDb(db: Db, observers: Observers): Db {
  const { metrics, tracing, stopwatch } = observers;
  const on = (sql: Sql): Sql => observedSql(sql, observers);
  const outside = (sql: Sql): Sql => {
    const observed = on(sql);
    return {
      query: (statement, parameters) =>
        observed.query<never>(statement, parameters).catch((error) => {
          countError(observers, error);
          throw error;
        }),
    };
  };
  return {
    ...db,
    ...outside(db),
    quick: outside(db.quick),
    transaction: (work) =>
      tracing.traced("transaction", {}, async () => {
        const seconds = stopwatch();
        let tries = 0;
        let sinceWork = stopwatch();
        let commit: TraceSpan | undefined;
        try {
          const result = await db.transaction(async (sql) => {
            commit?.end();
            if (++tries > 1) metrics.storeRetries.inc();
            const done = await work(on(sql));
            sinceWork = stopwatch();
            commit = tracing.start("commit");
            return done;
          });
          metrics.commitSeconds.observe(sinceWork());
          metrics.transactionSeconds.observe({ outcome: "committed" }, seconds());
          return result;
        } catch (error) {
          countError(observers, error);
          metrics.transactionSeconds.observe({ outcome: "rolled_back" }, seconds());
          throw error;
        } finally {
          commit?.end();
        }
      }),
  };
}

function observedSql(sql: Sql, { metrics, tracing, stopwatch }: Observers): Sql {
  return {
    query: async (statement, parameters) => {
      const name = nameOf(statement);
      const seconds = stopwatch();
      try {
        return await (tracing.isOn
          ? tracing.traced(name, { "db.system.name": "postgresql" }, () =>
              sql.query<never>(statement, parameters),
            )
          : sql.query<never>(statement, parameters));
      } finally {
        metrics.statementSeconds.observe({ statement: name }, seconds());
      }
    },
  };
}

function countError({ metrics }: Observers, error: unknown): void {
  if (isStoreUnavailable(error)) metrics.storeErrors.inc();
}

const names = new Map<string, string>();
/** Statements are constant texts; should some be put together after all, their names must not fill the memory. */
const MOST_NAMES = 2000;

/** What a statement calls itself in a comment before it (as in `launching`), or else its verb and first table: `select launch`. */
export function nameOf(statement: string): string {
  const known = names.get(statement);
  if (known !== undefined) return known;
  const name = read(statement);
  if (names.size < MOST_NAMES) names.set(statement, name);
  return name;
}

const OWN_NAME = /^\s*\/\* ([a-z_ ]{1,60}) \*\//;
const TABLE = /\b(?:insert\s+into|delete\s+from|update|from|join)\s+(?:only\s+)?"?([a-z_]+)/i;
const VERB = /\b(insert|update|delete|select)\b/i;

function read(statement: string): string {
  const own = OWN_NAME.exec(statement)?.[1];
  if (own) return own;
  const verb = /^\s*with\b/i.test(statement) ? "with" : VERB.exec(statement)?.[1]?.toLowerCase();
  if (verb === undefined) return "other";
  const table = TABLE.exec(statement)?.[1];
  return table ? `${verb} ${table}` : verb;
}
