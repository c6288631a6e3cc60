/** Writes the audit entry of a change, in the change's own transaction (RULES §7). */
import { insertAudit } from "../store/audit.ts";
import type { Sql } from "../store/db.ts";
import type { Context } from "./context.ts";

/** Who asks for a change, and why. */
export interface By {
  /** `vendor_user:<id>`, `api_key:<id>` for an account's key, or `cli` for the operator. */
  readonly actor: string;
  /** The key that they used, where it was one. */
  readonly api_key_id?: string | null;
  readonly why: string;
}

export interface Change {
  readonly account_id: string | null;
  readonly action: string;
  readonly subject: readonly [type: string, id: string];
  readonly before: object | null;
  readonly after: object | null;
}

export function writeAudit(context: Context, sql: Sql, by: By, at: Date, change: Change): Promise<void> {
  return writeAudits(context, sql, by, at, [change]);
}

/** Of many changes in one statement. */
export function writeAudits(
  context: Context,
  sql: Sql,
  by: By,
  at: Date,
  changes: readonly Change[],
): Promise<void> {
  const entries = changes.map((change) => ({
    id: context.deps.newId(),
    account_id: change.account_id,
    at,
    actor: by.actor,
    api_key_id: by.api_key_id ?? null,
    action: change.action,
    subject_type: change.subject[0],
    subject_id: change.subject[1],
    before: change.before,
    after: change.after,
    why: by.why,
  }));
  return insertAudit(sql, entries);
}
