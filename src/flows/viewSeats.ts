/** Seats as people look at them: a pending one says why it is pending, and what would charge it (RULES §3.1). */
import { kindOf } from "../core/licensing/kinds/index.ts";
import { explainPending, type PendingReason } from "../core/licensing/pending.ts";
import type { SeatInList } from "../store/listing/seats.ts";

export interface SeatView extends SeatInList {
  /** Null: it is not pending. */
  readonly pending: PendingReason | null;
}

export function viewSeat(seat: SeatInList, at: Date): SeatView {
  const { safeguard } = kindOf(seat.kind).rules(seat.terms);
  const isPending = seat.status === "pending" && safeguard !== null;
  return { ...seat, pending: isPending ? explainPending(seat, safeguard, seat.open_seconds ?? 0, at) : null };
}
