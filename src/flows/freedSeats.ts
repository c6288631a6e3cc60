/** What deactivating and reactivating a learner does to seats, of kinds that free them (RULES §3.6 "Deactivation"). */
import { drawFrom } from "../core/licensing/admit.ts";
import { FREED_KIND_NAMES, kindOf } from "../core/licensing/kinds/index.ts";
import { hasEnded } from "../core/time.ts";
import type { Sql } from "../store/db.ts";
import { type FreedSeat, listFreedLicenses, releaseSeats } from "../store/freedSeats.ts";
import { findLicense } from "../store/licenses.ts";
import { listLotsOf } from "../store/listing/licenses.ts";
import { drawSeat } from "../store/seats.ts";
import type { Context } from "./context.ts";

export function freeSeats(sql: Sql, accountId: string, learnerId: string, at: Date): Promise<FreedSeat[]> {
  return releaseSeats(sql, accountId, learnerId, FREED_KIND_NAMES, at);
}

/**
 * Takes a seat again, one for each license under which the deactivation freed one and that has one left; where none is left
 * the next launch decides as a first.
 */
export async function takeSeatsAgain(
  context: Context,
  sql: Sql,
  accountId: string,
  learnerId: string,
  deactivatedAt: Date,
  at: Date,
): Promise<FreedSeat[]> {
  const taken: FreedSeat[] = [];
  for (const license_id of await listFreedLicenses(
    sql,
    accountId,
    learnerId,
    FREED_KIND_NAMES,
    deactivatedAt,
  )) {
    const seat_id = await takeAgain(
      context,
      sql,
      { account_id: accountId, license_id, learner_id: learnerId },
      at,
    );
    if (seat_id) taken.push({ seat_id, license_id });
  }
  return taken;
}

async function takeAgain(
  context: Context,
  sql: Sql,
  of: { readonly account_id: string; readonly license_id: string; readonly learner_id: string },
  at: Date,
): Promise<string | null> {
  const license = await findLicense(sql, of.account_id, of.license_id);
  if (!license || license.paused_at || hasEnded(license, at)) return null;
  const lots = await listLotsOf(sql, of.account_id, [of.license_id]);
  const lot = drawFrom({ when_full: "deny" }, lots, at);
  if (!lot) return null;
  const limits = { lot_ends_at: lot.ends_at, course_days: null, assignment_ends_at: null };
  const ends_at = kindOf(license.kind).rules(license.terms).seatEnd(at, limits);
  const seat = { ...of, id: context.deps.newId(), course_id: null, lot_id: lot.id, starts_at: at, ends_at };
  return (await drawSeat(sql, seat, "deny")) ? seat.id : null;
}
