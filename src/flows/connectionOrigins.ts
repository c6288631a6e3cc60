/** From which origins an LMS's launches came, and what an admin says of each (RULES §2 `origin_refused`). */
import { Fault } from "../core/faults.ts";
import { type Connection, updateConnection } from "../store/accounts.ts";
import { listSeenOrigins, type SeenOrigin } from "../store/growth.ts";
import { type By, writeAudit } from "./audited.ts";
import { requireConnection, settingsOf } from "./connections.ts";
import type { Context } from "./context.ts";

/** `waiting`: turned away until somebody confirms it; `learned`: let in, as nobody has said otherwise. */
export type OriginStatus = "confirmed" | "refused" | "learned" | "waiting";

export interface ConnectionOrigin {
  readonly origin: string;
  readonly status: OriginStatus;
  /** Null where no launch has come from it yet. */
  readonly seen: Omit<SeenOrigin, "origin"> | null;
}

/** Those seen most first, then those that were only set. */
export async function listOrigins(
  context: Context,
  accountId: string,
  connectionId: string,
): Promise<ConnectionOrigin[]> {
  const connection = await requireConnection(context.db, accountId, connectionId);
  const seen = await listSeenOrigins(context.db, accountId, connectionId);
  const names = new Set([
    ...seen.map(({ origin }) => origin),
    ...connection.allowed_origins,
    ...connection.refused_origins,
  ]);
  return [...names].map((origin) => ({
    origin,
    status: statusOf(connection, origin),
    seen: seen.find((one) => one.origin === origin) ?? null,
  }));
}

function statusOf(connection: Connection, origin: string): OriginStatus {
  if (connection.allowed_origins.includes(origin)) return "confirmed";
  if (connection.refused_origins.includes(origin)) return "refused";
  return connection.origins_mode === "confirmed" ? "waiting" : "learned";
}

/** As many as a page of a console shows. */
const MOST_DECIDED = 200;

/**
 * @param decision `undecided` takes an earlier decision back.
 * @throws Fault `not_found`; `conflict` where too many are decided on already.
 */
export async function decideOrigin(
  context: Context,
  by: By,
  { account_id, connection_id }: { readonly account_id: string; readonly connection_id: string },
  origin: string,
  decision: "confirmed" | "refused" | "undecided",
): Promise<Connection> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const current = await requireConnection(sql, account_id, connection_id, true);
    const without = (origins: readonly string[]) => origins.filter((one) => one !== origin);
    const listed = (origins: readonly string[], isOn: boolean) => [
      ...without(origins),
      ...(isOn ? [origin] : []),
    ];
    const changed: Connection = {
      ...current,
      allowed_origins: listed(current.allowed_origins, decision === "confirmed"),
      refused_origins: listed(current.refused_origins, decision === "refused"),
    };
    if (Math.max(changed.allowed_origins.length, changed.refused_origins.length) > MOST_DECIDED)
      throw new Fault("conflict", `origin: ${MOST_DECIDED} are decided on already; take one back first.`);
    await updateConnection(sql, changed);
    await writeAudit(context, sql, by, at, {
      account_id,
      action: "connection.decide_origin",
      subject: ["connection", connection_id],
      before: settingsOf(current),
      after: settingsOf(changed),
    });
    return changed;
  });
}
