/** Seats as people look at them: a pending one says why it is pending, and what would charge it (RULES §3.1). */
import { Fault } from "../core/faults.ts";
import { kindOf } from "../core/licensing/kinds/index.ts";
import { explainPending, type PendingReason } from "../core/licensing/pending.ts";
import { findListedSeat, type SeatInList } from "../store/listing/seats.ts";
import type { Context } from "./context.ts";

export interface SeatView extends SeatInList {
  /** Null: it is not pending. */
  readonly pending: PendingReason | null;
}

export function viewSeat(seat: SeatInList, at: Date): SeatView {
  const { safeguard } = kindOf(seat.kind).rules(seat.terms);
  const isPending = seat.status === "pending" && safeguard !== null;
  return { ...seat, pending: isPending ? explainPending(seat, safeguard, seat.open_seconds ?? 0, at) : null };
}

/** @throws Fault `not_found`. */
export async function requireSeat(context: Context, accountId: string, seatId: string): Promise<SeatView> {
  const seat = await findListedSeat(context.db, accountId, seatId);
  if (!seat) throw new Fault("not_found", `seat: found none with the id ${seatId} in this account.`);
  return viewSeat(seat, context.deps.clock.now());
}
