/** Seats and the charges of their confirmations. */
import type { Seat } from "../core/licensing/admit.ts";
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

export interface Charge {
  readonly account_id: string;
  readonly id: string;
  readonly license_id: string;
  readonly course_id: string | null;
  readonly learner_id: string | null;
  readonly seat_id: string | null;
  /** What it is for, as `seat`. */
  readonly reason: string;
  readonly launch_id: string | null;
  /** Which rule made it: `launches`, `open_time`, `at_once`. */
  readonly rule: string;
  readonly price_id: string | null;
  readonly amount_minor: number;
  readonly currency: string;
  readonly corrects_charge_id: string | null;
  readonly made_at: Date;
}

const CHARGE =
  "account_id, id, license_id, course_id, learner_id, seat_id, reason, launch_id, rule, price_id, amount_minor, currency, corrects_charge_id, made_at";

export async function insertCharge(sql: Sql, charge: Charge): Promise<void> {
  await sql.query(
    `insert into charge (${CHARGE}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      charge.account_id,
      charge.id,
      charge.license_id,
      charge.course_id,
      charge.learner_id,
      charge.seat_id,
      charge.reason,
      charge.launch_id,
      charge.rule,
      charge.price_id,
      charge.amount_minor,
      charge.currency,
      charge.corrects_charge_id,
      charge.made_at,
    ],
  );
}
