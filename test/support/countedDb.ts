/** A database that counts what is asked of it, and lets others in between the reading of launches and their writing. */
import type { Db, Sql } from "../../src/store/db.ts";

export interface CountedDb extends Db {
  /** Since the last reset; those within transactions too. */
  readonly statements: number;
  readonly transactions: number;
  reset(): void;
  /** Runs once, before the next writing of launches, newcomers' too; several: one before each, in order. Not within a transaction. */
  beforeWrite(work: () => Promise<unknown>): void;
}

export function countedDb(db: Db): CountedDb {
  let statements = 0;
  let transactions = 0;
  const before: (() => Promise<unknown>)[] = [];
  const counting = (sql: Sql): Sql => ({
    query: (statement, parameters) => {
      statements++;
      return sql.query(statement, parameters);
    },
  });
  const quick = counting(db.quick);
  return {
    ...db,
    ...counting(db),
    quick: {
      query: async (statement, parameters) => {
        if (/^\/\* write (launches|newcomers) \*\//.test(statement)) await before.shift()?.();
        return quick.query(statement, parameters);
      },
    },
    transaction: (work) => {
      transactions++;
      return db.transaction((sql) => work(counting(sql)));
    },
    get statements() {
      return statements;
    },
    get transactions() {
      return transactions;
    },
    reset: () => {
      statements = 0;
      transactions = 0;
    },
    beforeWrite: (work) => {
      before.push(work);
    },
  };
}
