/** The audit log: who, when, what from, what to, why (RULES §7). Append-only. */
import type { Sql } from "./db.ts";

export interface AuditEntry {
  readonly id: string;
  /** Null for what concerns the vendor as a whole. */
  readonly account_id: string | null;
  readonly at: Date;
  /** A user, `cli`, or `gateway` for what it did by itself. */
  readonly actor: string;
  /** A verb with its noun, as `license.pause`. */
  readonly action: string;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly before: object | null;
  readonly after: object | null;
  readonly why: string;
}

export async function insertAudit(sql: Sql, entry: AuditEntry): Promise<void> {
  await sql.query(
    `insert into audit (id, account_id, at, actor, action, subject_type, subject_id, before, after, why)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10)`,
    [
      entry.id,
      entry.account_id,
      entry.at,
      entry.actor,
      entry.action,
      entry.subject_type,
      entry.subject_id,
      entry.before && JSON.stringify(entry.before),
      entry.after && JSON.stringify(entry.after),
      entry.why,
    ],
  );
}

export function listAudit(sql: Sql, accountId: string): Promise<AuditEntry[]> {
  return sql.query<AuditEntry>("select * from audit where account_id = $1 order by at, id", [accountId]);
}
