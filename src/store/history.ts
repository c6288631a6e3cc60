/** What really happened, for the simulator: page by page, by learner or by time, each from an index. */
import type { Happening } from "../core/licensing/simulate.ts";
import type { Sql } from "./db.ts";

export interface HistoryWanted {
  readonly account_id: string;
  /** Of these licenses alone; null: of all. */
  readonly license_ids: readonly string[] | null;
  readonly course_id: string | null;
  readonly from: Date;
  /** Not included. */
  readonly until: Date;
}

export interface RecordedHappening extends Happening {
  readonly id: string;
}

/**
 * Launches that were let in, and those that the license refused for want of what was bought or assigned: another plan may have let
 * them in. Whoever was refused for another reason would have been in any case; test launches count under no plan.
 */
const COUNTS = `launch.learner_id is not null and (launch.outcome = 'allowed'
  or launch.code in ('no_seats_left', 'seat_expired', 'not_assigned', 'subscription_ended')
  or launch.code = 'license_ended' and exists (
    select from lot join license on license.account_id = lot.account_id and license.id = lot.license_id
    where lot.account_id = launch.account_id and lot.license_id = launch.license_id
      and (license.ends_at is null or license.ends_at > launch.opened_at)))`;

const LAUNCH = `select launch.id, launch.opened_at as at, launch.learner_id, launch.course_id, launch.open_seconds,
    charge.open_seconds as beat_seconds, charge.made_at as beat_at
  from launch left join charge on charge.account_id = launch.account_id and charge.seat_id = launch.seat_id
    and charge.launch_id = launch.id and charge.corrects_charge_id is null and charge.open_seconds is not null
  where launch.account_id = $1 and launch.opened_at >= $2 and launch.opened_at < $3
    and ($4::uuid[] is null or launch.license_id = any($4::uuid[])) and ($5::uuid is null or launch.course_id = $5) and ${COUNTS}`;

const AFTER = {
  by_time: "(launch.opened_at, launch.id) > ($6, $7::uuid)",
  by_learner: "(launch.learner_id, launch.opened_at, launch.id) > ($8::uuid, $6, $7::uuid)",
} as const;

const SORTED = {
  by_time: "launch.opened_at, launch.id",
  by_learner: "launch.learner_id, launch.opened_at, launch.id",
} as const;

interface LaunchRow extends Omit<RecordedHappening, "confirmed_by_beat"> {
  readonly beat_seconds: number | null;
  readonly beat_at: Date;
}

export async function pageOfLaunchHistory(
  sql: Sql,
  { account_id, license_ids, course_id, from, until }: HistoryWanted,
  order: "by_learner" | "by_time",
  after: RecordedHappening | null,
  most: number,
): Promise<RecordedHappening[]> {
  const seek = after ? `and ${AFTER[order]}` : "";
  const last = after ? [after.at, after.id, ...(order === "by_learner" ? [after.learner_id] : [])] : [];
  const rows = await sql.query<LaunchRow>(`${LAUNCH} ${seek} order by ${SORTED[order]} limit ${most}`, [
    account_id,
    from,
    until,
    license_ids,
    course_id,
    ...last,
  ]);
  return rows.map(({ beat_seconds, beat_at, ...row }) => ({
    ...row,
    confirmed_by_beat: beat_seconds === null ? null : { open_seconds: beat_seconds, at: beat_at },
  }));
}

/** In the order that they were reported. */
export function pageOfActivityHistory(
  sql: Sql,
  { account_id, license_ids, from, until }: HistoryWanted,
  after: RecordedHappening | null,
  most: number,
): Promise<RecordedHappening[]> {
  return sql.query<RecordedHappening>(
    `select id, reported_at as at, learner_id, null::uuid as course_id, 0 as open_seconds, null as confirmed_by_beat
     from activity
     where account_id = $1 and reported_at >= $2 and reported_at < $3 and ($4::uuid[] is null or license_id = any($4::uuid[]))
       and learner_id is not null and (outcome = 'allowed' or code = 'no_seats_left')
       and ($5::uuid is null or id > $5) order by id limit $6`,
    [account_id, from, until, license_ids, after?.id ?? null, most],
  );
}

export interface RealCost {
  readonly charged_minor: number;
  readonly ordered_minor: number;
}

/** What it really came to: the ledger's charges with their corrections, and orders. */
export async function sumRealCost(
  sql: Sql,
  { account_id, license_ids, from, until }: HistoryWanted,
): Promise<RealCost> {
  const [row] = await sql.query<RealCost>(
    `select
       (select coalesce(sum(amount_minor), 0)::bigint from charge
        where account_id = $1 and made_at >= $2 and made_at < $3 and ($4::uuid[] is null or license_id = any($4::uuid[])))
         as charged_minor,
       (select coalesce(sum(order_line.amount_minor), 0)::bigint from order_line
        join purchase_order on purchase_order.account_id = order_line.account_id and purchase_order.id = order_line.order_id
        where order_line.account_id = $1 and ordered_at >= $2 and ordered_at < $3
          and ($4::uuid[] is null or license_id = any($4::uuid[]))) as ordered_minor`,
    [account_id, from, until, license_ids],
  );
  return row ?? { charged_minor: 0, ordered_minor: 0 };
}

export interface BoughtLine {
  readonly ordered_at: Date;
  readonly amount_minor: number;
}

/** Lines of orders of these licenses, corrections too. */
export function listBoughtLines(
  sql: Sql,
  accountId: string,
  licenseIds: readonly string[],
): Promise<BoughtLine[]> {
  return sql.query<BoughtLine>(
    `select ordered_at, order_line.amount_minor from order_line
     join purchase_order on purchase_order.account_id = order_line.account_id and purchase_order.id = order_line.order_id
     where order_line.account_id = $1 and license_id = any($2::uuid[]) order by ordered_at`,
    [accountId, licenseIds],
  );
}

/** Of courses that say for how long an assignment of theirs lasts. */
export async function listCourseDays(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ id: string; assignment_days: number }>(
    "select id, assignment_days from course where assignment_days is not null",
  );
  return new Map(rows.map(({ id, assignment_days }) => [id, assignment_days]));
}
