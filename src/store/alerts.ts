/** Alerts that were raised. Which are due is found in `alertsDue.ts`. */
import type { Sql } from "./db.ts";
import { type Page, readPage } from "./listing/page.ts";

export interface Alert {
  readonly account_id: string;
  readonly id: string;
  readonly type: string;
  /** Null: of no license. */
  readonly license_id: string | null;
  readonly data: object;
  readonly raised_at: Date;
}

/** @returns False where one of that key was raised before, by whomever. */
export async function insertAlert(sql: Sql, alert: Alert & { readonly key: string }): Promise<boolean> {
  const rows = await sql.query(
    `insert into alert (account_id, id, type, key, license_id, data, raised_at) values ($1, $2, $3, $4, $5, $6::jsonb, $7)
     on conflict (account_id, key) do nothing returning id`,
    [
      alert.account_id,
      alert.id,
      alert.type,
      alert.key,
      alert.license_id,
      JSON.stringify(alert.data),
      alert.raised_at,
    ],
  );
  return rows.length === 1;
}

export function pageOfAlerts(
  sql: Sql,
  accountId: string,
  filter: { readonly type?: string | undefined; readonly license_id?: string | undefined },
  page: Page,
): Promise<Alert[]> {
  return readPage<Alert>(
    sql,
    {
      select: "select account_id, id, type, license_id, data, raised_at from alert",
      account_id: accountId,
      where: [
        ["type = ?", filter.type],
        ["license_id = ?", filter.license_id],
      ],
      table: "alert",
    },
    page,
  );
}
