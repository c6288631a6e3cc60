/** Terms of subscriptions that follow one another: which are due, and whose seats go on (RULES §3.3). */
import type { Holder } from "../core/licensing/renewal.ts";
import type { Sql } from "./db.ts";

export interface RenewingLicense {
  readonly account_id: string;
  readonly license_id: string;
}

/**
 * Of licenses whose last term has ended, in accounts that are not closed, and of which no next one was taken back; those that
 * are cancelled are among them.
 */
export function listEndedTerms(sql: Sql, kinds: readonly string[], at: Date): Promise<RenewingLicense[]> {
  return sql.query(
    `select license.account_id, license.id as license_id
     from license join account on account.id = license.account_id and account.closed_at is null
     cross join lateral (
       select max(lot.ends_at) as ends_at from lot
       where lot.account_id = license.account_id and lot.license_id = license.id and lot.quantity > 0) as last
     where license.kind = any($1::text[]) and last.ends_at <= $2
       and (license.renewal_cancelled_at is null or license.renewal_cancelled_at < last.ends_at)
       and (license.ends_at is null or license.ends_at > last.ends_at)
       and not exists (
         select from lot where lot.account_id = license.account_id and lot.license_id = license.id
           and lot.starts_at >= last.ends_at)
     order by license.account_id, license.id`,
    [kinds, at],
  );
}

/** Who had a seat of these lots to their end. */
export function listHolders(sql: Sql, accountId: string, lotIds: readonly string[]): Promise<Holder[]> {
  return sql.query<Holder>(
    `select seat.learner_id, learner.deactivated_at is not null as deactivated,
       (select max(launch.opened_at) from launch
        where launch.account_id = seat.account_id and launch.learner_id = seat.learner_id
          and launch.license_id = seat.license_id and launch.outcome = 'allowed') as last_launch_at
     from seat join lot on lot.account_id = seat.account_id and lot.id = seat.lot_id
     join learner on learner.account_id = seat.account_id and learner.id = seat.learner_id
     where seat.account_id = $1 and seat.lot_id = any($2::uuid[]) and seat.status <> 'released'
       and seat.ends_at = lot.ends_at`,
    [accountId, lotIds],
  );
}

export interface CarriedSeat {
  readonly id: string;
  readonly learner_id: string;
}

/** However many there are, no statement takes longer than one may. */
const SEATS_AT_ONCE = 10_000;

/** Confirmed from the lot's start on: it is prepaid, and nobody has launched under it yet. */
export async function insertCarriedSeats(
  sql: Sql,
  accountId: string,
  lotId: string,
  seats: readonly CarriedSeat[],
): Promise<void> {
  for (let from = 0; from < seats.length; from += SEATS_AT_ONCE)
    await sql.query(
      `insert into seat (account_id, id, license_id, learner_id, course_id, lot_id, status, launches, counted_launch_at,
         starts_at, ends_at, confirmed_at)
       select lot.account_id, carried.id, lot.license_id, carried.learner_id, null, lot.id, 'confirmed', 0, lot.starts_at,
         lot.starts_at, lot.ends_at, lot.starts_at
       from lot, jsonb_to_recordset($3::jsonb) as carried (id uuid, learner_id uuid)
       where lot.account_id = $1 and lot.id = $2`,
      [accountId, lotId, JSON.stringify(seats.slice(from, from + SEATS_AT_ONCE))],
    );
  await sql.query("update lot set taken = taken + $3 where account_id = $1 and id = $2", [
    accountId,
    lotId,
    seats.length,
  ]);
}
