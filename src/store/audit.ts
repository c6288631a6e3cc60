/** The audit log: who, when, what from, what to, why (RULES §7). Append-only. */
import type { Sql } from "./db.ts";
import type { Page } from "./listing/page.ts";

export interface AuditEntry {
  readonly id: string;
  /** Null for what concerns the vendor as a whole. */
  readonly account_id: string | null;
  readonly at: Date;
  /** `vendor_user:<id>`, `api_key:<id>`, `cli`, or `gateway` for what it did by itself. */
  readonly actor: string;
  readonly api_key_id: string | null;
  /** A verb with its noun, as `license.pause`. */
  readonly action: string;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly before: object | null;
  readonly after: object | null;
  readonly why: string;
}

export async function insertAudit(sql: Sql, entries: readonly AuditEntry[]): Promise<void> {
  await sql.query(
    `insert into audit (id, account_id, at, actor, api_key_id, action, subject_type, subject_id, before, after, why)
     select id, account_id, at, actor, api_key_id, action, subject_type, subject_id, before, after, why
     from jsonb_to_recordset($1::jsonb) as entry (id uuid, account_id uuid, at timestamptz, actor text, api_key_id uuid,
       action text, subject_type text, subject_id text, before jsonb, after jsonb, why text)`,
    [JSON.stringify(entries)],
  );
}

export interface AuditFilter {
  /** Of this account only. */
  readonly account_id?: string | undefined;
  readonly actor?: string | undefined;
  readonly api_key_id?: string | undefined;
  readonly action?: string | undefined;
  /** Any of these. */
  readonly actions?: readonly string[] | undefined;
  readonly subject_type?: string | undefined;
  readonly subject_id?: string | undefined;
  /** From this instant on, and before that one. */
  readonly from?: Date | undefined;
  readonly until?: Date | undefined;
}

export function pageOfAudit(sql: Sql, filter: AuditFilter, { after, most }: Page): Promise<AuditEntry[]> {
  const equal = ["account_id", "actor", "api_key_id", "action", "subject_type", "subject_id"] as const;
  const conditions = [
    ...equal.map((name) => [`${name} = ?`, filter[name]] as const),
    ["action = any(?::text[])", filter.actions] as const,
    ["at >= ?", filter.from] as const,
    ["at < ?", filter.until] as const,
    ["id < ?", after ?? undefined] as const,
  ].filter(([, value]) => value !== undefined);
  const where = conditions.map(([condition], index) => condition.replace("?", `$${index + 2}`));
  return sql.query<AuditEntry>(
    `select * from audit ${where.length > 0 ? `where ${where.join(" and ")}` : ""} order by id desc limit $1`,
    [most, ...conditions.map(([, value]) => value)],
  );
}
