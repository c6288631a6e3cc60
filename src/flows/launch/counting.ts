/** What the metrics say of launches and of what keeps them going. Called once it is committed, and no sooner. */
import type { Confirmation } from "../../core/licensing/admit.ts";
import type { Deps } from "../../deps.ts";
import type { Ruling } from "./decide.ts";

type Counting = Pick<Deps, "metrics">;

/** @param ruling That was answered. */
export function countRuling({ metrics }: Counting, ruling: Ruling): void {
  metrics.launches.inc(labelsOf(ruling));
  if (ruling.type !== "allowed") return;
  const { kind } = ruling.allowed.door;
  const { seat_taken, seat_counted, charge } = ruling.allowed.record;
  if (seat_taken) metrics.seats.inc({ change: "taken", kind });
  if (seat_taken?.status === "confirmed" || seat_counted?.confirmed)
    metrics.seats.inc({ change: "confirmed", kind });
  if (charge) metrics.charges.inc({ rule: charge.rule, kind });
}

/** A launch by a learner who came back, with a seat that had been confirmed. */
export function countReturn({ metrics }: Counting, kind: string): void {
  metrics.launches.inc({ outcome: "allowed", code: "", kind });
}

function labelsOf(ruling: Ruling) {
  switch (ruling.type) {
    case "allowed":
      return { outcome: ruling.allowed.record.outcome, code: "", kind: ruling.allowed.door.kind };
    case "again":
      return { outcome: "again", code: "", kind: ruling.door.kind };
    case "denied":
      return { outcome: "denied", code: ruling.denial.code, kind: "" };
    case "denied_newcomer":
      return { outcome: "denied", code: ruling.record.code, kind: "" };
    default:
      return { outcome: "denied", code: "launch_invalid", kind: "" };
  }
}

/** A seat that was confirmed while its course was open. */
export interface ConfirmedSeat {
  readonly kind: string;
  readonly confirmation: Confirmation;
}

export function countConfirmed({ metrics }: Counting, { kind, confirmation }: ConfirmedSeat): void {
  metrics.seats.inc({ change: "confirmed", kind });
  if (confirmation.charge) metrics.charges.inc({ rule: confirmation.rule, kind });
}
