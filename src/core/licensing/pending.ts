/** Why a seat is pending, and what would charge it (RULES §3.1 "A pending seat shows why"). */
import { hasEnded } from "../time.ts";
import type { Seat } from "./admit.ts";
import type { Safeguard } from "./kind.ts";

export interface PendingReason {
  /** A sentence or two, for people. */
  readonly why: string;
  readonly launches: number;
  readonly charge_after_launches: number;
  /** Of the launch that was open longest, as far as it has told. */
  readonly open_seconds: number;
  readonly charge_after_seconds: number;
}

export function explainPending(
  seat: Pick<Seat, "launches" | "ends_at">,
  safeguard: Safeguard,
  openSeconds: number,
  at: Date,
): PendingReason {
  const { charge_after_launches, charge_after_seconds } = safeguard;
  const soFar = `${seat.launches} of ${charge_after_launches} launches, and at most ${Math.floor(openSeconds)} of ${charge_after_seconds} seconds open in one of them`;
  return {
    why: hasEnded(seat, at)
      ? `The seat ended after ${soFar}: it lapsed without a charge, and the next launch is a first one again.`
      : `Not charged yet after ${soFar}. ${whatCharges(seat.launches, safeguard)}`,
    launches: seat.launches,
    charge_after_launches,
    open_seconds: openSeconds,
    charge_after_seconds,
  };
}

/** At least one more launch, also where a changed setting asks for fewer than there were. */
function whatCharges(launches: number, { charge_after_launches, charge_after_seconds }: Safeguard): string {
  const missing = Math.max(1, charge_after_launches - launches);
  const next = missing === 1 ? "The next launch charges it" : `${missing} more launches charge it`;
  return `${next}, or the course being open for ${charge_after_seconds} seconds in one launch.`;
}
