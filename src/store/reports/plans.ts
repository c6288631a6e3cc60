/** What annual plans' reports are made of. */
import type { SeatMove } from "../../core/licensing/planMonths.ts";
import type { Sql } from "../db.ts";

/** By lot, and by the months in which seats were taken and freed. */
export function listSeatMoves(
  sql: Sql,
  accountId: string,
  licenseId: string,
  lotIds: readonly string[],
): Promise<SeatMove[]> {
  return sql.query<SeatMove>(
    `select lot_id, min(starts_at) as taken_in, min(released_at) as freed_in, count(*) as seats from seat
     where account_id = $1 and license_id = $2 and lot_id = any($3::uuid[])
     group by lot_id, date_trunc('month', starts_at at time zone 'UTC'),
       date_trunc('month', released_at at time zone 'UTC')`,
    [accountId, licenseId, lotIds],
  );
}

export interface PlanUser {
  /** Of the learner. */
  readonly id: string;
  readonly learner_id: string;
  readonly learner_name: string;
  readonly deactivated_at: Date | null;
  readonly identities: readonly string[];
  /** Seats that are not released: of plans by the month, one for each month. */
  readonly used: number;
  readonly first_used_at: Date;
  readonly last_launch_at: Date | null;
  readonly last_reported_at: Date | null;
}

export interface PlanUsersWanted {
  readonly account_id: string;
  readonly license_id: string;
  readonly lot_ids: readonly string[];
  /** Of the plan. */
  readonly from: Date;
  readonly until: Date;
}

/** By learner. A learner whose seat was freed is there too, with nothing used. */
export function pageOfPlanUsers(
  sql: Sql,
  { account_id, license_id, lot_ids, from, until }: PlanUsersWanted,
  after: string | null,
  most: number,
): Promise<PlanUser[]> {
  return sql.query<PlanUser>(
    `with page as materialized (
       select learner_id as id, count(*) filter (where status <> 'released') as used, min(starts_at) as first_used_at
       from seat where account_id = $1 and license_id = $2 and lot_id = any($3::uuid[])
         and ($6::uuid is null or learner_id > $6)
       group by learner_id order by learner_id limit $7)
     select page.id, page.id as learner_id, learner.name as learner_name, learner.deactivated_at, known.identities,
       page.used, page.first_used_at,
       (select max(opened_at) from launch where launch.account_id = $1 and launch.learner_id = page.id
          and opened_at >= $4 and opened_at < $5 and launch.license_id = $2 and outcome = 'allowed') as last_launch_at,
       (select max(reported_at) from activity where activity.account_id = $1 and activity.learner_id = page.id
          and reported_at >= $4 and reported_at < $5 and activity.license_id = $2 and outcome = 'allowed')
         as last_reported_at
     from page join learner on learner.account_id = $1 and learner.id = page.id
     cross join lateral (select array_agg(identity.value order by identity.first_seen_at, identity.id) as identities
       from identity where identity.account_id = $1 and identity.learner_id = page.id) known
     order by page.id`,
    [account_id, license_id, lot_ids, from, until, after, most],
  );
}
