/** Sign-ins and the like that an integration reports (RULES §3.6 "activity"). */
import type { DenialCode } from "../core/denials.ts";
import type { Sql } from "./db.ts";
import { type Page, readPage } from "./listing/page.ts";

export interface ReportedActivity {
  readonly account_id: string;
  readonly id: string;
  readonly license_id: string;
  /** The caller's own id: the same one is the same activity. */
  readonly external_id: string;
  readonly learner_id: string;
  /** Null: a test identity's, or denied. */
  readonly seat_id: string | null;
  readonly outcome: "allowed" | "denied" | "test";
  readonly code: DenialCode | null;
  readonly reported_at: Date;
}

const ACTIVITY = "account_id, id, license_id, external_id, learner_id, seat_id, outcome, code, reported_at";

/** @returns False where there is one with the caller's id. */
export async function insertActivity(sql: Sql, activity: ReportedActivity): Promise<boolean> {
  const rows = await sql.query(
    `insert into activity (${ACTIVITY}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict on constraint activity_once do nothing returning id`,
    [
      activity.account_id,
      activity.id,
      activity.license_id,
      activity.external_id,
      activity.learner_id,
      activity.seat_id,
      activity.outcome,
      activity.code,
      activity.reported_at,
    ],
  );
  return rows.length === 1;
}

export async function findActivity(
  sql: Sql,
  accountId: string,
  externalId: string,
): Promise<ReportedActivity | undefined> {
  return (
    await sql.query<ReportedActivity>(
      `select ${ACTIVITY} from activity where account_id = $1 and external_id = $2`,
      [accountId, externalId],
    )
  )[0];
}

export interface ActivityFilter {
  readonly license_id?: string | undefined;
  readonly learner_id?: string | undefined;
}

export function pageOfActivities(
  sql: Sql,
  accountId: string,
  filter: ActivityFilter,
  page: Page,
): Promise<ReportedActivity[]> {
  return readPage<ReportedActivity>(
    sql,
    {
      select: `select ${ACTIVITY} from activity`,
      account_id: accountId,
      where: [
        ["license_id = ?", filter.license_id],
        ["learner_id = ?", filter.learner_id],
      ],
      table: "activity",
    },
    page,
  );
}
