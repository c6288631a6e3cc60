/** A database whose transactions are parts of one that is already open: they commit with it, or not at all. */
import type { Db, Sql } from "./db.ts";

/**
 * A part that fails is undone by itself, as a transaction of its own would be; parts that were begun side by side run one
 * after the other. Deadlocks are for the outer transaction to try again: it has lost everything.
 */
export function joinTransaction(db: Db, sql: Sql): Db {
  let parts = 0;
  let before: Promise<unknown> = Promise.resolve();
  const run = async <Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> => {
    const savepoint = `part_${++parts}`;
    await sql.query(`savepoint ${savepoint}`);
    try {
      const result = await work(sql);
      await sql.query(`release savepoint ${savepoint}`);
      return result;
    } catch (error) {
      // A lost connection takes its transaction with it; what is to be told is why.
      await sql.query(`rollback to savepoint ${savepoint}`).catch(() => undefined);
      throw error;
    }
  };
  const belongsToOuter = (): never => {
    throw new Error("A transaction that is under way has neither sessions nor an end of its own.");
  };
  return {
    type: db.type,
    query: (statement, parameters) => sql.query(statement, parameters),
    quick: sql,
    transaction: (work) => {
      const part = before.then(() => run(work));
      before = part.catch(() => undefined);
      return part;
    },
    session: belongsToOuter,
    close: belongsToOuter,
  };
}
