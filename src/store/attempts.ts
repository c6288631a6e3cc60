/** Attempts and their run-time state (docs/bridge.md §3, §4). */
import type { Rollup } from "../core/bridge.ts";
import type { StoredText } from "../core/text.ts";
import { LOCKED, type Sql } from "./db.ts";

export interface Attempt {
  readonly id: string;
  readonly course_version_id: string;
  readonly number: number;
  readonly launches: number;
  readonly rollup: Rollup | null;
  readonly saved_at: Date | null;
  readonly started_at: Date;
}

/** Why an attempt ended and another begins (RULES §1). */
export type AttemptEnd = "retake" | "reset_by_support" | "reset_by_lms";

const ATTEMPT = "id, course_version_id, number, launches, rollup, saved_at, started_at";

export interface StoredAttempt extends Attempt {
  /** Of the save that wrote the rollup; 0 where none has. */
  readonly rollup_stamp: number;
}

export async function findAttemptById(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<StoredAttempt | undefined> {
  return (
    await sql.query<StoredAttempt>(
      `select ${ATTEMPT}, rollup_stamp from attempt where account_id = $1 and id = $2`,
      [accountId, id],
    )
  )[0];
}

/** Until the transaction ends nobody goes on with it or ends it. */
export async function lockAttempt(sql: Sql, accountId: string, id: string): Promise<void> {
  await sql.query(`select 1 from attempt where account_id = $1 and id = $2 ${LOCKED}`, [accountId, id]);
}

/** @returns False when it had ended already. */
export async function endAttempt(
  sql: Sql,
  accountId: string,
  id: string,
  reason: AttemptEnd,
  at: Date,
): Promise<boolean> {
  const rows = await sql.query(
    `update attempt set ended_at = $3, ended_reason = $4
     where account_id = $1 and id = $2 and ended_at is null returning id`,
    [accountId, id, at, reason],
  );
  return rows.length === 1;
}

export interface ItemState {
  readonly item_id: string;
  readonly elements: Readonly<Record<string, readonly [value: StoredText | null, stamp: number]>>;
  /** Of all launches so far. */
  readonly total_seconds: number;
}

export function findState(sql: Sql, accountId: string, attemptId: string): Promise<ItemState[]> {
  return sql.query<ItemState>(
    `select item_id, elements, earlier_seconds + session_seconds as total_seconds
     from attempt_state where account_id = $1 and attempt_id = $2`,
    [accountId, attemptId],
  );
}

/** As one launch of the attempt finds it that goes on. */
export interface ItemStateOfLaunch extends ItemState {
  /** Without those of the launch, unless one that came later has counted since: then they are no longer told apart. */
  readonly total_seconds: number;
  /** Of the launch. */
  readonly session_seconds: number;
}

export function findStateOfLaunch(
  sql: Sql,
  accountId: string,
  attemptId: string,
  launchNumber: number,
): Promise<ItemStateOfLaunch[]> {
  return sql.query<ItemStateOfLaunch>(
    `select item_id, elements,
       earlier_seconds + case when session_launch = $3 then 0 else session_seconds end as total_seconds,
       case when session_launch = $3 then session_seconds else 0 end as session_seconds
     from attempt_state where account_id = $1 and attempt_id = $2`,
    [accountId, attemptId, launchNumber],
  );
}

export interface ListedAttempt extends Attempt {
  readonly license_id: string;
  readonly course_id: string;
  readonly learner_id: string;
  readonly ended_at: Date | null;
  readonly ended_reason: AttemptEnd | null;
}
