/** Seats, one at a time. */
import type { Seat } from "../core/licensing/admit.ts";
import type { WhenFull } from "../core/licensing/kind.ts";
import type { Sql } from "./db.ts";

const SEAT = "id, status, lot_id, launches, counted_launch_at, starts_at, ends_at";

export async function findSeat(sql: Sql, accountId: string, id: string): Promise<Seat | undefined> {
  return (
    await sql.query<Seat>(
      `select ${SEAT} from seat where account_id = $1 and id = $2 and status <> 'released'`,
      [accountId, id],
    )
  )[0];
}

export async function hasEverHeldSeat(sql: Sql, accountId: string, learnerId: string): Promise<boolean> {
  const rows = await sql.query("select 1 from seat where account_id = $1 and learner_id = $2 limit 1", [
    accountId,
    learnerId,
  ]);
  return rows.length > 0;
}

/**
 * Confirms a pending seat, once.
 * @returns False when it was confirmed (or released) already: then there is nothing to charge.
 */
export async function confirmSeat(sql: Sql, accountId: string, seatId: string, at: Date): Promise<boolean> {
  const rows = await sql.query(
    `update seat set status = 'confirmed', confirmed_at = $3
     where account_id = $1 and id = $2 and status = 'pending' returning id`,
    [accountId, seatId, at],
  );
  return rows.length === 1;
}

export interface DrawnSeat {
  readonly account_id: string;
  readonly id: string;
  readonly license_id: string;
  readonly learner_id: string;
  readonly course_id: string | null;
  readonly lot_id: string;
  readonly starts_at: Date;
  readonly ends_at: Date | null;
}

/**
 * Confirms a prepaid seat of a lot, for a learner who takes it without a launch. The learner's row must be locked.
 * @param whenFull As it was decided; one that was overdrawn before its policy became to deny can hold more than it has.
 * @returns Whether the lot had one left, or can be overdrawn.
 */
export async function drawSeat(sql: Sql, seat: DrawnSeat, whenFull: WhenFull): Promise<boolean> {
  const rows = await sql.query(
    `with drawn as (
       update lot set taken = taken + 1 where account_id = $1 and id = $6 and (overage and $9::boolean or taken < quantity) returning id
     )
     insert into seat (account_id, id, license_id, learner_id, course_id, lot_id, status, launches, counted_launch_at,
       starts_at, ends_at, confirmed_at)
     select $1, $2, $3, $4, $5, drawn.id, 'confirmed', 0, $7, $7, $8, $7 from drawn
     returning id`,
    [
      seat.account_id,
      seat.id,
      seat.license_id,
      seat.learner_id,
      seat.course_id,
      seat.lot_id,
      seat.starts_at,
      seat.ends_at,
      whenFull === "overage",
    ],
  );
  return rows.length === 1;
}

/** Those of a license that the learner holds or held for all its courses, none that is released; oldest first. */
export function listSeatsOfLearner(
  sql: Sql,
  accountId: string,
  licenseId: string,
  learnerId: string,
): Promise<Seat[]> {
  return sql.query<Seat>(
    `select ${SEAT} from seat
     where account_id = $1 and learner_id = $2 and license_id = $3 and course_id is null and status <> 'released'
     order by starts_at`,
    [accountId, learnerId, licenseId],
  );
}
