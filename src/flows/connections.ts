/** An account's LMSs: what can be set on each (RULES §1, §2). */
import { Fault } from "../core/faults.ts";
import { type Connection, findConnection, updateConnection } from "../store/accounts.ts";
import type { Sql } from "../store/db.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

/** What is undefined stays as it is. */
export interface ConnectionChange {
  readonly name?: string | undefined;
  readonly placeholder_ids?: readonly string[] | undefined;
  readonly allowed_origins?: readonly string[] | undefined;
}

/** @param check Is handed the connection as it is, with the row locked; throws where the change is not to be made. */
export async function changeConnection(
  context: Context,
  by: By,
  accountId: string,
  connectionId: string,
  change: ConnectionChange,
  check: (current: Connection) => void,
): Promise<Connection> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const current = await requireConnection(sql, accountId, connectionId, true);
    check(current);
    const changed: Connection = {
      ...current,
      name: change.name ?? current.name,
      placeholder_ids: change.placeholder_ids ?? current.placeholder_ids,
      allowed_origins: change.allowed_origins ?? current.allowed_origins,
    };
    await updateConnection(sql, changed);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "connection.change",
      subject: ["connection", connectionId],
      before: settingsOf(current),
      after: settingsOf(changed),
    });
    return changed;
  });
}

/** @throws Fault `not_found`, also for another account's connection. */
export async function requireConnection(
  sql: Sql,
  accountId: string,
  connectionId: string,
  lock = false,
): Promise<Connection> {
  const connection = await findConnection(sql, accountId, connectionId, lock);
  if (!connection)
    throw new Fault("not_found", `connection: found none with the id ${connectionId} in this account.`);
  return connection;
}

function settingsOf({ name, placeholder_ids, allowed_origins }: Connection) {
  return { name, placeholder_ids, allowed_origins };
}
