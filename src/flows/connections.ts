/** An account's LMSs: what can be set on each (RULES §1, §2). */
import { Fault } from "../core/faults.ts";
import { type Connection, findConnection, type OriginsMode, updateConnection } from "../store/accounts.ts";
import type { Sql } from "../store/db.ts";
import { modeFor } from "./accounts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

/** What is undefined stays as it is. */
export interface ConnectionChange {
  readonly name?: string | undefined;
  readonly placeholder_ids?: readonly string[] | undefined;
  readonly origins_mode?: OriginsMode | undefined;
  /** Where no mode is named, it follows: `confirmed` with some, `learn` with none. */
  readonly allowed_origins?: readonly string[] | undefined;
  readonly teachers_add_courses?: boolean | undefined;
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
      teachers_add_courses: change.teachers_add_courses ?? current.teachers_add_courses,
      ...changedOrigins(current, change),
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

function changedOrigins(current: Connection, { origins_mode, allowed_origins }: ConnectionChange) {
  if (allowed_origins === undefined) return { origins_mode: origins_mode ?? current.origins_mode };
  return {
    origins_mode: origins_mode ?? modeFor(allowed_origins),
    allowed_origins,
    refused_origins: current.refused_origins.filter((origin) => !allowed_origins.includes(origin)),
  };
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

export function settingsOf(connection: Connection) {
  const { name, placeholder_ids, origins_mode, allowed_origins, refused_origins, teachers_add_courses } =
    connection;
  return { name, placeholder_ids, origins_mode, allowed_origins, refused_origins, teachers_add_courses };
}
