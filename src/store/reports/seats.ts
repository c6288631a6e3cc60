/**
 * The seats of a license with who holds them, a page at a time, in the order of their ids: that is, as they were taken. What is
 * read of every row is found by a key in a table or two, so that a page of the last rows costs what the first does; what only few rows
 * need is asked for those alone.
 */
import type { Sql } from "../db.ts";

export interface ReportedSeat {
  readonly id: string;
  readonly starts_at: Date;
  /** That the seat covers, or was opened with; null: nothing was opened, or by an older process. */
  readonly course_id: string | null;
  readonly learner_id: string;
  readonly learner_name: string;
  /** The learner's id as the LMS sends it; null: there is none. */
  readonly identity: string | null;
  /** Where there are several: all of them, the oldest first. */
  readonly identities: readonly { readonly id: string; readonly value: string }[] | null;
}

export interface SeatsWanted {
  readonly account_id: string;
  readonly license_id: string;
  /** Taken from this instant on, and before that one. */
  readonly from: Date | null;
  readonly until: Date | null;
  /** No later: what is taken while the report is sent belongs to the next one. */
  readonly at: Date;
}

const SEAT = "id, starts_at, coalesce(first_course_id, course_id) as course_id, learner_id";

/** As `pageByStatus` of the lists: each status has an index of its own, and a seat that changes its status keeps its id. */
const ofStatus = (status: string) => `(select ${SEAT} from seat
    where account_id = $1 and license_id = $2 and status = '${status}' and ($5::uuid is null or id > $5)
      and starts_at <= $7 and ($3::timestamptz is null or starts_at >= $3) and ($4::timestamptz is null or starts_at < $4)
    order by id limit $6)`;

/** `limit` and the grouping keep the planner to looking rows up: joined as a whole, each page would cost what the table does. */
const PAGE = `with page as materialized (
  select * from (${ofStatus("confirmed")} union all ${ofStatus("pending")}) both_statuses order by id limit $6)
select page.*, learner.name as learner_name, known.identity, known.identities
from page
cross join lateral (select name from learner
  where learner.account_id = $1 and learner.id = page.learner_id limit 1) learner
cross join lateral (select min(value) as identity, case when count(*) > 1 then
    jsonb_agg(jsonb_build_object('id', id, 'value', value) order by first_seen_at, id) end as identities
  from identity where identity.account_id = $1 and identity.learner_id = page.learner_id) known
order by page.id`;

export function pageOfReportedSeats(
  sql: Sql,
  { account_id, license_id, from, until, at }: SeatsWanted,
  after: string | null,
  most: number,
): Promise<ReportedSeat[]> {
  return sql.query<ReportedSeat>(PAGE, [account_id, license_id, from, until, after, most, at]);
}

export interface FirstLaunch {
  readonly seat_id: string;
  readonly course_id: string;
  readonly identity_id: string | null;
  readonly attempt_id: string | null;
  readonly course_version_id: string | null;
}

/** Of seats that were opened: their first launch. */
export function listFirstLaunches(
  sql: Sql,
  accountId: string,
  seatIds: readonly string[],
): Promise<FirstLaunch[]> {
  return sql.query<FirstLaunch>(
    `select seat.id as seat_id, launch.course_id, launch.identity_id, launch.attempt_id,
       (select course_version_id from attempt where attempt.account_id = $1 and attempt.id = launch.attempt_id)
     from unnest($2::uuid[]) as wanted (id)
     cross join lateral (select id, learner_id, starts_at, first_launch_id from seat
       where seat.account_id = $1 and seat.id = wanted.id limit 1) seat
     cross join lateral (select course_id, identity_id, attempt_id from launch
       where launch.account_id = $1 and launch.id = coalesce(seat.first_launch_id,
         (select first.id from launch first where first.account_id = $1 and first.learner_id = seat.learner_id
            and first.opened_at >= seat.starts_at and first.seat_id = seat.id
          order by first.opened_at, first.id limit 1)) limit 1) launch`,
    [accountId, seatIds],
  );
}
