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

export interface ListedLaunch extends Launch {
  readonly count: number;
  readonly open_seconds: number;
  readonly last_seen_at: Date;
  readonly closed_at: Date | null;
}

const LAUNCH =
  "account_id, id, delivery_id, license_id, course_id, nonce, lms_origin, identity_id, learner_id, seat_id, attempt_id, number, outcome, code, reference, opened_at";
const LISTED = `${LAUNCH}, count, open_seconds, last_seen_at, closed_at`;

/** The launch that this nonce was allowed as, if it was: the same one sent again is the same launch (RULES §1). */
export async function findAllowedLaunch(
  sql: Sql,
  accountId: string,
  deliveryId: string,
  nonce: string,
): Promise<ListedLaunch | undefined> {
  return (
    await sql.query<ListedLaunch>(
      `select ${LISTED} from launch
       where account_id = $1 and delivery_id = $2 and nonce = $3 and outcome <> 'denied'`,
      [accountId, deliveryId, nonce],
    )
  )[0];
}

export async function findLaunch(sql: Sql, accountId: string, id: string): Promise<ListedLaunch | undefined> {
  return (
    await sql.query<ListedLaunch>(`select ${LISTED} from launch where account_id = $1 and id = $2`, [
      accountId,
      id,
    ])
  )[0];
}

/** @returns False when the same nonce was allowed meanwhile: then it is the same launch. */
export async function insertLaunch(sql: Sql, launch: Launch): Promise<boolean> {
  const rows = await sql.query(
    `insert into launch (${LAUNCH}, last_seen_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)
     on conflict (account_id, delivery_id, nonce) where outcome <> 'denied' do nothing returning id`,
    [
      launch.account_id,
      launch.id,
      launch.delivery_id,
      launch.license_id,
      launch.course_id,
      launch.nonce,
      launch.lms_origin,
      launch.identity_id,
      launch.learner_id,
      launch.seat_id,
      launch.attempt_id,
      launch.number,
      launch.outcome,
      launch.code,
      launch.reference,
      launch.opened_at,
    ],
  );
  return rows.length === 1;
}

/**
 * Counts a denial on the row of the same denial of the same learner, if there is one since `since`.
 * @returns Its reference, or undefined when a row of its own is due.
 */
export async function countDenial(
  sql: Sql,
  denial: Pick<Launch, "account_id" | "delivery_id" | "learner_id" | "code" | "opened_at">,
  since: Date,
): Promise<string | undefined> {
  const [row] = await sql.query<{ reference: string }>(
    `update launch set count = count + 1, last_seen_at = $5
     where account_id = $1 and id = (select id from launch
       where account_id = $1 and delivery_id = $2 and learner_id is not distinct from $3 and outcome = 'denied'
         and code = $4 and opened_at > $6
       order by opened_at desc limit 1)
     returning reference`,
    [denial.account_id, denial.delivery_id, denial.learner_id, denial.code, denial.opened_at, since],
  );
  return row?.reference;
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

/** Writes down how far a launch got; never back. */
export async function recordOpenTime(
  sql: Sql,
  accountId: string,
  id: string,
  seen: { open_seconds: number; at: Date; closing: boolean },
): Promise<void> {
  await sql.query(
    `update launch set open_seconds = greatest(open_seconds, $3), last_seen_at = greatest(last_seen_at, $4),
       closed_at = case when $5 then $4 else null end
     where account_id = $1 and id = $2`,
    [accountId, id, seen.open_seconds, seen.at, seen.closing],
  );
}

export function listLaunches(
  sql: Sql,
  accountId: string,
  filter: { delivery_id?: string; license_id?: string; learner_id?: string; most: number },
): Promise<ListedLaunch[]> {
  return sql.query<ListedLaunch>(
    `select ${LISTED} from launch where account_id = $1 and ($2::uuid is null or delivery_id = $2)
       and ($3::uuid is null or license_id = $3) and ($4::uuid is null or learner_id = $4)
     order by opened_at desc, id desc limit $5`,
    [
      accountId,
      filter.delivery_id ?? null,
      filter.license_id ?? null,
      filter.learner_id ?? null,
      filter.most,
    ],
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
