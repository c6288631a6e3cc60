/** Denials of learners who are known, and of nobody: the same one again soon after is counted on its row (RULES §2). */
import type { DenialCode } from "../../core/denials.ts";
import type { Sql } from "../db.ts";

export interface Denial {
  readonly account_id: string;
  readonly launch_id: string;
  readonly delivery_id: string;
  readonly license_id: string;
  readonly course_id: string;
  readonly nonce: string;
  readonly lms_origin: string;
  readonly identity_id: string | null;
  readonly learner_id: string | null;
  readonly code: DenialCode;
  readonly reference: string;
  readonly opened_at: Date;
  /** The same denial that was written at or before this is another one. */
  readonly since: Date;
  /** How often it came. */
  readonly count: number;
}

const COUNT_DENIALS = `/* count denials */
with denial as materialized (
  select * from jsonb_to_recordset($1::jsonb) as denial (account_id uuid, launch_id uuid, delivery_id uuid, license_id uuid,
    course_id uuid, nonce text, lms_origin text, identity_id uuid, learner_id uuid, code text, reference text,
    opened_at timestamptz, since timestamptz, count integer)
), found as materialized (
  select denial.*, same.id as same_id from denial left join lateral (
    select launch.id from launch
    where launch.account_id = denial.account_id and launch.learner_id = denial.learner_id and launch.outcome = 'denied'
      and launch.delivery_id = denial.delivery_id and launch.code = denial.code and launch.opened_at > denial.since
    union all
    select launch.id from launch
    where denial.learner_id is null and launch.account_id = denial.account_id and launch.learner_id is null
      and launch.outcome = 'denied' and launch.delivery_id = denial.delivery_id and launch.code = denial.code
      and launch.opened_at > denial.since
    limit 1) as same on true
), counted as (
  update launch set count = launch.count + found.count, last_seen_at = greatest(launch.last_seen_at, found.opened_at)
  from found where launch.account_id = found.account_id and launch.id = found.same_id
  returning found.launch_id, launch.reference
), written as (
  insert into launch (account_id, id, delivery_id, license_id, course_id, nonce, lms_origin, identity_id, learner_id,
    outcome, code, reference, count, opened_at, last_seen_at)
  select account_id, launch_id, delivery_id, license_id, course_id, nonce, lms_origin, identity_id, learner_id,
    'denied', code, reference, count, opened_at, opened_at
  from found where same_id is null
)
select launch_id, reference from counted`;

/**
 * Writes each denial, or counts it on the row of the same one since `since`. Their learners must be locked.
 * @returns The reference of each by its launch: its own, or that of the row it was counted on.
 */
export async function countDenials(sql: Sql, denials: readonly Denial[]): Promise<Map<string, string>> {
  const counted = await sql.query<{ launch_id: string; reference: string }>(COUNT_DENIALS, [
    JSON.stringify(denials),
  ]);
  return new Map([
    ...denials.map(({ launch_id, reference }) => [launch_id, reference] as const),
    ...counted.map(({ launch_id, reference }) => [launch_id, reference] as const),
  ]);
}
