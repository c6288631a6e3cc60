/** Seats that are freed when their learner is deactivated, and taken again when they are reactivated (RULES §3.6). */
import type { Sql } from "./db.ts";

export interface FreedSeat {
  readonly seat_id: string;
  readonly license_id: string;
}

/** Releases the learner's running seats under licenses of these kinds. The learner's row must be locked. */
export function releaseSeats(
  sql: Sql,
  accountId: string,
  learnerId: string,
  kinds: readonly string[],
  at: Date,
): Promise<FreedSeat[]> {
  return sql.query<FreedSeat>(
    `with freed as (
       update seat set status = 'released', released_at = $4
       from license
       where seat.account_id = $1 and seat.learner_id = $2 and seat.status <> 'released'
         and (seat.ends_at is null or seat.ends_at > $4)
         and license.account_id = seat.account_id and license.id = seat.license_id and license.kind = any($3::text[])
       returning seat.id, seat.license_id, seat.lot_id
     ), given_back as (
       update lot set taken = lot.taken - freed.seats
       from (select lot_id, count(*)::integer as seats from freed where lot_id is not null group by lot_id) as freed
       where lot.account_id = $1 and lot.id = freed.lot_id
     )
     select id as seat_id, license_id from freed`,
    [accountId, learnerId, kinds, at],
  );
}

/** Under which licenses the deactivation at that time freed a seat. */
export async function listFreedLicenses(
  sql: Sql,
  accountId: string,
  learnerId: string,
  kinds: readonly string[],
  deactivatedAt: Date,
): Promise<string[]> {
  const rows = await sql.query<{ license_id: string }>(
    `select distinct seat.license_id from seat
     join license on license.account_id = seat.account_id and license.id = seat.license_id
     where seat.account_id = $1 and seat.learner_id = $2 and seat.status = 'released' and seat.released_at = $4
       and license.kind = any($3::text[])
     order by seat.license_id`,
    [accountId, learnerId, kinds, deactivatedAt],
  );
  return rows.map(({ license_id }) => license_id);
}
