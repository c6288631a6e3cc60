/** How much of a license is used, per lot and in all (RULES §3.1, §3.2 "The dashboard shows"). */
import { hasEnded, hasStarted } from "../time.ts";
import type { Lot } from "./admit.ts";

export interface LotUsage {
  readonly id: string;
  readonly state: "not_started" | "running" | "ended";
  readonly starts_at: Date;
  readonly ends_at: Date | null;
  /** purchased = used + remaining + lapsed; below zero remaining is an overage. */
  readonly purchased: number;
  readonly used: number;
  /** What can still be taken; nothing once the lot has ended. */
  readonly remaining: number;
  /** What was left when the lot ended. */
  readonly lapsed: number;
}

export interface Usage {
  /** Every seat that is not released, ended ones too. */
  readonly seats: { readonly pending: number; readonly confirmed: number };
  /** Null where seats are made as they are needed. */
  readonly bought: Pick<LotUsage, "purchased" | "used" | "remaining" | "lapsed"> | null;
  readonly lots: readonly LotUsage[];
}

export function usageOfLots(lots: readonly Lot[], at: Date): Pick<Usage, "bought" | "lots"> {
  const used = lots.map((lot) => usageOfLot(lot, at));
  const sum = (of: (lot: LotUsage) => number) => used.reduce((total, lot) => total + of(lot), 0);
  return {
    bought: {
      purchased: sum((lot) => lot.purchased),
      used: sum((lot) => lot.used),
      remaining: sum((lot) => lot.remaining),
      lapsed: sum((lot) => lot.lapsed),
    },
    lots: used,
  };
}

function usageOfLot(lot: Lot, at: Date): LotUsage {
  const ended = hasEnded(lot, at);
  const left = lot.quantity - lot.taken;
  return {
    id: lot.id,
    state: ended ? "ended" : hasStarted(lot, at) ? "running" : "not_started",
    starts_at: lot.starts_at,
    ends_at: lot.ends_at,
    purchased: lot.quantity,
    used: lot.taken,
    remaining: ended ? 0 : left,
    lapsed: ended ? left : 0,
  };
}
