/** Launches, allowed and denied. */
import type { DenialCode } from "../core/denials.ts";
import type { Sql } from "./db.ts";

export interface Launch {
  readonly account_id: string;
  readonly id: string;
  readonly delivery_id: string;
  readonly license_id: string;
  readonly course_id: string;
  readonly nonce: string;
  readonly lms_origin: string;
  readonly identity_id: string | null;
  readonly learner_id: string | null;
  readonly seat_id: string | null;
  readonly attempt_id: string | null;
  /** Within its attempt, from 1. */
  readonly number: number | null;
  /** `test`: allowed to a test identity, without a seat. */
  readonly outcome: "allowed" | "denied" | "test";
  readonly code: DenialCode | null;
  readonly reference: string;
  readonly opened_at: Date;
}

/** What else is to be known of a launch. */
export const LAUNCH_NOTES = ["test_identities_used_up"] as const;
export type LaunchNote = (typeof LAUNCH_NOTES)[number];

export interface ListedLaunch extends Launch {
  readonly count: number;
  readonly open_seconds: number;
  readonly last_seen_at: Date;
  readonly closed_at: Date | null;
  readonly note: LaunchNote | null;
}

const LAUNCH =
  "account_id, id, delivery_id, license_id, course_id, nonce, lms_origin, identity_id, learner_id, seat_id, attempt_id, number, outcome, code, reference, opened_at";
const LISTED = `${LAUNCH}, count, open_seconds, last_seen_at, closed_at, note`;

export async function findLaunch(sql: Sql, accountId: string, id: string): Promise<ListedLaunch | undefined> {
  return (
    await sql.query<ListedLaunch>(`select ${LISTED} from launch where account_id = $1 and id = $2`, [
      accountId,
      id,
    ])
  )[0];
}

export async function noteOfLaunch(
  sql: Sql,
  accountId: string,
  launchId: string,
  note: LaunchNote,
): Promise<void> {
  await sql.query("update launch set note = $3 where account_id = $1 and id = $2", [
    accountId,
    launchId,
    note,
  ]);
}

export interface Presence {
  readonly id: string;
  readonly last_seen_at: Date;
}

/** Other launches of an attempt that have not closed and were allowed since `since`. */
export function findOpenLaunches(
  sql: Sql,
  accountId: string,
  attemptId: string,
  exceptId: string,
  since: Date,
): Promise<Presence[]> {
  return sql.query<Presence>(
    `select id, last_seen_at from launch
     where account_id = $1 and attempt_id = $2 and id <> $3 and closed_at is null and opened_at > $4`,
    [accountId, attemptId, exceptId, since],
  );
}

/** Deliveries revoked and learners deactivated since then: what stops launches that are open. */
export function findStopped(
  sql: Sql,
  revokedSince: Date,
  deactivatedSince: Date,
): Promise<{ id: string; code: DenialCode }[]> {
  return sql.query(
    `select id, 'delivery_revoked' as code from delivery where revoked_at > $1
     union all select id, 'learner_deactivated' from learner where deactivated_at > $2`,
    [revokedSince, deactivatedSince],
  );
}

/** Counts denials on the row that the first of them wrote. */
export async function countMoreDenials(
  sql: Sql,
  denials: {
    readonly delivery_key: string;
    readonly reference: string;
    readonly count: number;
    readonly last_seen_at: Date;
  },
): Promise<void> {
  await sql.query(
    `update launch set count = launch.count + $3, last_seen_at = greatest(launch.last_seen_at, $4)
     from delivery where delivery.key = $1 and launch.account_id = delivery.account_id and launch.delivery_id = delivery.id
       and launch.reference = $2 and launch.outcome = 'denied'`,
    [denials.delivery_key, denials.reference, denials.count, denials.last_seen_at],
  );
}
