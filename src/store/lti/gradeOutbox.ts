/** The outbox of grades: one line for each target, worked at by one sender at a time (docs/lti-grades.md). */
import type { GradedRollup, GradeMessage } from "../../core/lti/grade.ts";
import { LOCKED, type Sql } from "../db.ts";

/** Where the grades of an attempt go. */
export interface GradeTarget {
  readonly account_id: string;
  readonly id: string;
  readonly attempt_id: string;
  /** Tells it from the attempt's other targets. */
  readonly target_hash: string;
  readonly service: "ags" | "outcomes";
  readonly registration_id: string | null;
  readonly consumer_key: string | null;
  readonly user_id: string;
  readonly resource_link_id: string;
  readonly title: string;
  readonly line_item_url: string | null;
  readonly line_items_url: string | null;
  readonly scopes: readonly string[];
  readonly outcome_url: string | null;
  readonly result_sourcedid: string | null;
  readonly created_at: Date;
}

/** A target that is being worked at. */
export interface DueTarget extends GradeTarget {
  readonly lane: string;
  readonly told: GradeMessage | null;
  readonly told_at: Date | null;
}

const TARGET = `grade_target.account_id, grade_target.id, grade_target.attempt_id, target_hash, service,
  grade_target.registration_id, consumer_key, user_id, resource_link_id, title, line_item_url, line_items_url, scopes,
  outcome_url, result_sourcedid, created_at, lane, told, told_at`;
/** A save that had begun before its target was remembered has ended by then, and is caught up with. */
export const SETTLED_SECONDS = 10;

/** When it is to be looked at: at once, where it never was. */
const DUE_AT = "coalesce(due_at, created_at)";

/**
 * Where something is due: lanes are few, whatever waits in each, so they are found one after the other by the index.
 */
export async function listDueLanes(sql: Sql, at: Date): Promise<string[]> {
  const rows = await sql.query<{ lane: string }>(
    `with recursive lane as (
       (select lane from grade_target where not resting order by lane limit 1)
       union all
       select (select next.lane from grade_target as next where not next.resting and next.lane > lane.lane
         order by next.lane limit 1)
       from lane where lane.lane is not null
     )
     select lane.lane from lane
     where lane.lane is not null and exists (select 1 from grade_target
       where grade_target.lane = lane.lane and not resting and ${DUE_AT} <= $1
         and (claimed_until is null or claimed_until <= $1))`,
    [at],
  );
  return rows.map(({ lane }) => lane);
}

export interface ClaimingTargets {
  readonly lane: string;
  readonly claim: string;
  readonly at: Date;
  readonly until: Date;
  readonly most: number;
}

/** Takes targets that are due and that nobody has, or whose sender has not been heard of for too long. */
export function claimTargets(
  sql: Sql,
  { lane, claim, at, until, most }: ClaimingTargets,
): Promise<DueTarget[]> {
  return sql.query<DueTarget>(
    `update grade_target set claim = $2, claimed_until = $4
     from (select account_id, id from grade_target
       where lane = $1 and not resting and ${DUE_AT} <= $3 and (claimed_until is null or claimed_until <= $3)
       order by ${DUE_AT} limit $5 ${LOCKED} skip locked) as due
     where grade_target.account_id = due.account_id and grade_target.id = due.id
     returning ${TARGET}`,
    [lane, claim, at, until, most],
  );
}

/** Its row, locked, if the claim still holds. */
export async function findClaimedTarget(
  sql: Sql,
  accountId: string,
  id: string,
  claim: string,
): Promise<DueTarget | undefined> {
  const rows = await sql.query<DueTarget>(
    `select ${TARGET} from grade_target where account_id = $1 and id = $2 and claim = $3 ${LOCKED}`,
    [accountId, id, claim],
  );
  return rows[0];
}

export async function prolongTargetClaim(sql: Sql, target: DueTarget, until: Date): Promise<void> {
  await sql.query("update grade_target set claimed_until = $3 where account_id = $1 and id = $2", [
    target.account_id,
    target.id,
    until,
  ]);
}

export interface FailedTry {
  /** By the gradebook, which may take others' grades. */
  readonly refused: boolean;
  /** Null: the platform asked to be left alone, whoever launches. */
  readonly launch_wakes_after: Date | null;
}

/**
 * @param dueAt When to come back to it; null: once something is added.
 * @param failed Why it waits; null: for nothing that went wrong.
 */
export async function releaseTarget(
  sql: Sql,
  target: Pick<DueTarget, "account_id" | "id">,
  dueAt: Date | null,
  failed: FailedTry | null = null,
): Promise<void> {
  await sql.query(
    `update grade_target set claim = null, claimed_until = null, due_at = $3, resting = $3::timestamptz is null,
       failing = $4, refused = $5, launch_wakes_after = $6
     where account_id = $1 and id = $2`,
    [
      target.account_id,
      target.id,
      dueAt,
      failed !== null,
      failed?.refused ?? false,
      failed?.launch_wakes_after ?? null,
    ],
  );
}

/** Has those tried now whose learner has come back since the last try. Nobody waits for it: what is locked is at work. */
export async function wakeLaunchedTargets(
  sql: Sql,
  { at, triedBefore }: { readonly at: Date; readonly triedBefore: Date },
): Promise<void> {
  await sql.query(
    `update grade_target set due_at = $1
     from (select account_id, id from grade_target as target
       where failing and launch_wakes_after <= $2 and due_at > $1 and launch_wakes_after < (
         select opened_at from launch where launch.account_id = target.account_id
           and launch.attempt_id = target.attempt_id order by launch.number desc limit 1)
       ${LOCKED} skip locked) as launched
     where grade_target.account_id = launched.account_id and grade_target.id = launched.id`,
    [at, triedBefore],
  );
}

export interface WaitingGrade {
  readonly number: number;
  readonly occurred_at: Date;
  readonly rollup: GradedRollup;
  readonly tries: number;
}

/** The next one of a target. */
export async function findFirstGrade(sql: Sql, target: DueTarget): Promise<WaitingGrade | undefined> {
  const rows = await sql.query<WaitingGrade>(
    `select number, occurred_at, rollup, tries from grade
     where account_id = $1 and target_id = $2 and status = 'waiting' order by number limit 1`,
    [target.account_id, target.id],
  );
  return rows[0];
}

/** What stands, or is to stand, in the same place of the gradebook because of other attempts of the learner. */
export interface SamePlace {
  /** An earlier attempt's grades have not all arrived. */
  readonly is_behind: boolean;
  /** An earlier attempt's have not because the gradebook refuses them, and nobody is trying again just now. */
  readonly is_behind_refused: boolean;
  readonly is_scored: boolean;
  readonly told_at: Date | null;
}

const platformOf = ({ service }: DueTarget) => (service === "ags" ? "registration_id" : "consumer_key");
const samePlace = (
  target: DueTarget,
) => `other.account_id = $1 and other.id <> $2 and other.${platformOf(target)} = $3
  and other.user_id = $4 and other.resource_link_id = $5 and other.line_items_url is not distinct from $6`;
const placeOf = (target: DueTarget) => [
  target.account_id,
  target.id,
  target[platformOf(target)],
  target.user_id,
  target.resource_link_id,
  target.line_items_url,
];

/** Of `other`, an attempt's before. */
const IS_REFUSED = "(other.failing and other.refused and other.claim is null)";
const IS_WAITING = `other.id < $2 and exists (select 1 from grade
  where grade.account_id = other.account_id and grade.target_id = other.id and grade.status = 'waiting')`;

export async function findSamePlace(sql: Sql, target: DueTarget): Promise<SamePlace> {
  const [found] = await sql.query<SamePlace>(
    `select coalesce(bool_or(not ${IS_REFUSED} and ${IS_WAITING}), false) as is_behind,
       coalesce(bool_or(${IS_REFUSED} and ${IS_WAITING}), false) as is_behind_refused,
       coalesce(bool_or(other.told -> 'scoreGiven' is not null), false) as is_scored, max(other.told_at) as told_at
     from grade_target as other where ${samePlace(target)}`,
    placeOf(target),
  );
  return found ?? { is_behind: false, is_behind_refused: false, is_scored: false, told_at: null };
}

/** Once it is to be told, they must not come after it. */
export async function passOverRefused(sql: Sql, target: DueTarget, at: Date): Promise<void> {
  await sql.query(
    `with refused as (
       select other.id from grade_target as other
       where ${samePlace(target)} and other.id < $2 and ${IS_REFUSED} order by other.id ${LOCKED}
     )
     update grade set status = 'passed_over', settled_at = $7, next_try_at = null,
       last_problem = concat_ws('; before that, ', 'a later attempt''s score takes its place', last_problem)
     from refused where grade.account_id = $1 and grade.target_id = refused.id and grade.status = 'waiting'`,
    [...placeOf(target), at],
  );
}

export async function settleGrade(
  sql: Sql,
  target: DueTarget,
  number: number,
  settled: {
    readonly status: "delivered" | "passed_over" | "given_up";
    readonly at: Date;
    readonly is_try: boolean;
    readonly problem: string | null;
  },
): Promise<void> {
  await sql.query(
    `update grade set status = $4, settled_at = $5, next_try_at = null, tries = tries + $6, last_problem = $7
     where account_id = $1 and target_id = $2 and number = $3 and status = 'waiting'`,
    [
      target.account_id,
      target.id,
      number,
      settled.status,
      settled.at,
      settled.is_try ? 1 : 0,
      settled.problem,
    ],
  );
}

export async function noteTold(sql: Sql, target: DueTarget, message: GradeMessage, at: Date): Promise<void> {
  await sql.query(
    "update grade_target set told = $3::jsonb, told_at = $4 where account_id = $1 and id = $2",
    [target.account_id, target.id, JSON.stringify(message), at],
  );
}

export async function notePostponed(
  sql: Sql,
  target: DueTarget,
  number: number,
  { problem, next_try_at }: { readonly problem: string; readonly next_try_at: Date },
): Promise<void> {
  await sql.query(
    `update grade set tries = tries + 1, last_problem = $4, next_try_at = $5
     where account_id = $1 and target_id = $2 and number = $3 and status = 'waiting'`,
    [target.account_id, target.id, number, problem, next_try_at],
  );
}

export type TargetKey = Pick<GradeTarget, "account_id" | "id" | "attempt_id">;

/**
 * Locks targets that are due although nothing waits in them, as all new ones are; those that somebody holds are left out. Only
 * the first that are due are looked at: where many grades wait, these come first.
 */
export function lockIdleTargets(
  sql: Sql,
  {
    lane,
    at,
    createdUntil,
    most,
  }: {
    readonly lane: string;
    readonly at: Date;
    readonly createdUntil: Date;
    readonly most: number;
  },
): Promise<TargetKey[]> {
  return sql.query<TargetKey>(
    `select account_id, id, attempt_id from grade_target
     where (account_id, id) in (select account_id, id from grade_target
         where lane = $1 and not resting and ${DUE_AT} <= $2 and (claimed_until is null or claimed_until <= $2)
         order by ${DUE_AT} limit $4)
       and not resting and created_at <= $3 and not exists (select from grade
         where grade.account_id = grade_target.account_id and target_id = grade_target.id and status = 'waiting')
     ${LOCKED} skip locked`,
    [lane, at, createdUntil, most],
  );
}

/** Until something is added to them. Those in which something waits by now go on. @returns How many rest. */
export async function restTargets(sql: Sql, targets: readonly TargetKey[]): Promise<number> {
  const resting = await sql.query(
    `update grade_target set resting = true, due_at = null, claim = null, claimed_until = null, failing = false,
       refused = false, launch_wakes_after = null
     from jsonb_to_recordset($1::jsonb) as idle (account_id uuid, id uuid)
     where grade_target.account_id = idle.account_id and grade_target.id = idle.id and not exists (select from grade
       where grade.account_id = idle.account_id and target_id = idle.id and status = 'waiting')
     returning 1`,
    [JSON.stringify(targets)],
  );
  return resting.length;
}

/**
 * What their attempts have come to, where no grade says so yet: a target was remembered only after it, or while it was being
 * saved. @returns Whether there was something to add.
 */
export async function catchUp(sql: Sql, targets: readonly TargetKey[]): Promise<boolean> {
  const rows = await sql.query(
    `insert into grade (account_id, target_id, number, occurred_at, rollup, status, next_try_at)
     select attempt.account_id, target.id, rollup_stamp, saved_at, rollup - 'location' - 'session_seconds', 'waiting', saved_at
     from jsonb_to_recordset($1::jsonb) as target (account_id uuid, id uuid, attempt_id uuid)
     join attempt on attempt.account_id = target.account_id and attempt.id = target.attempt_id
     where saved_at is not null and seen_in_gradebook(rollup) is distinct from
         (select seen_in_gradebook(grade.rollup) from grade
          where grade.account_id = target.account_id and target_id = target.id order by grade.number desc limit 1)
       and not exists (select from grade
         where grade.account_id = target.account_id and target_id = target.id and grade.number >= attempt.rollup_stamp)
     on conflict do nothing returning 1`,
    [JSON.stringify(targets.map(({ account_id, id, attempt_id }) => ({ account_id, id, attempt_id })))],
  );
  return rows.length > 0;
}

/** @returns How many that were given up wait again. */
export async function retryTarget(sql: Sql, accountId: string, targetId: string, at: Date): Promise<number> {
  await sql.query(
    "update grade_target set resting = false, failing = false, due_at = $3 where account_id = $1 and id = $2",
    [accountId, targetId, at],
  );
  const revived = await sql.query(
    `update grade set status = 'waiting', settled_at = null, next_try_at = $3
     where account_id = $1 and target_id = $2 and status = 'given_up' and number > coalesce((
       select max(number) from grade as newer where newer.account_id = $1 and newer.target_id = $2
         and newer.status = 'delivered'), -1)
     returning 1`,
    [accountId, targetId, at],
  );
  return revived.length;
}
