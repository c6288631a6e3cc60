/** How seats stand and what they have cost, for reports. */
import type { Sql } from "../db.ts";

export interface TalliedSeat {
  readonly seat_id: string;
  readonly status: "pending" | "confirmed" | "released";
  readonly ends_at: Date | null;
  readonly currency: string | null;
  /** Null, as what follows: nothing was charged. */
  readonly charged_at: Date | null;
  readonly rule: string | null;
  readonly charged_minor: number | null;
  /** Zero or less. */
  readonly credited_minor: number | null;
}

/** A seat is charged once; what is credited of it points at its charge. */
export function listTalliedSeats(
  sql: Sql,
  accountId: string,
  seatIds: readonly string[],
): Promise<TalliedSeat[]> {
  return sql.query<TalliedSeat>(
    `select seat.id as seat_id, seat.status, seat.ends_at, charge.currency, charge.made_at as charged_at, charge.rule,
       charge.amount_minor as charged_minor, case when charge.id is not null then coalesce((
         select sum(correction.amount_minor) from charge correction
         where correction.account_id = charge.account_id and correction.corrects_charge_id = charge.id), 0)::bigint
       end as credited_minor
     from seat left join charge on charge.account_id = seat.account_id and charge.seat_id = seat.id
       and charge.corrects_charge_id is null
     where seat.account_id = $1 and seat.id = any($2::uuid[])`,
    [accountId, seatIds],
  );
}
