/** What somebody with the database in their hands could do: the rules that the database keeps are switched off. */
import type { Db } from "../../src/store/db.ts";

/** One statement, as a replica would apply it: no trigger is asked. */
export function tamper(db: Db, statement: string, parameters: readonly unknown[] = []): Promise<void> {
  return db.transaction(async (sql) => {
    await sql.query("set local session_replication_role = replica");
    await sql.query(statement, parameters);
  });
}
