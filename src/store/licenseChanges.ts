/** What is changed on a license after it was made. */
import type { Sql } from "./db.ts";
import type { License } from "./licenses.ts";

/** What can be changed. Its kind and what it is for stay: packages in LMSs were made for them. */
export type LicenseSettings = Pick<
  License,
  | "terms"
  | "retake"
  | "retake_starts_over"
  | "ends_at"
  | "paused_at"
  | "renewal_cancelled_at"
  | "renewal_quantity"
>;

export async function updateLicense(
  sql: Sql,
  accountId: string,
  id: string,
  settings: LicenseSettings,
): Promise<void> {
  await sql.query(
    `update license set terms = $3::jsonb, retake = $4, retake_starts_over = $5, ends_at = $6, paused_at = $7,
       renewal_cancelled_at = $8, renewal_quantity = $9
     where account_id = $1 and id = $2`,
    [
      accountId,
      id,
      JSON.stringify(settings.terms),
      settings.retake,
      settings.retake_starts_over,
      settings.ends_at,
      settings.paused_at,
      settings.renewal_cancelled_at,
      settings.renewal_quantity,
    ],
  );
}
