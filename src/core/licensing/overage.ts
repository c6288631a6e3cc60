/** What of an overage is charged (RULES §3.4 "Overage review"). */
import { earlier, hasEnded, hasStarted } from "../time.ts";
import type { Lot } from "./admit.ts";
import type { Period } from "./period.ts";

/** Lots of a license that end at one time: the period, plan or month whose overage is looked at. */
export interface OveragePeriod extends Period {
  readonly lots: readonly Lot[];
  readonly purchased: number;
  readonly consumed: number;
}

/**
 * The period that ends then, or if none is named the one that has more consumed than purchased and began last.
 * Null where there is none.
 */
export function overagePeriod(lots: readonly Lot[], endsAt: Date | null, at: Date): OveragePeriod | null {
  const ends = [...new Set(lots.flatMap((lot) => (lot.ends_at ? [lot.ends_at.getTime()] : [])))];
  const periods = ends
    .map((end) => periodEnding(lots, new Date(end)))
    .filter((period) => hasStarted(period, at))
    .filter((period) =>
      endsAt ? period.ends_at.getTime() === endsAt.getTime() : period.consumed > period.purchased,
    );
  return periods.sort((one, other) => other.ends_at.getTime() - one.ends_at.getTime())[0] ?? null;
}

function periodEnding(all: readonly Lot[], ends_at: Date): OveragePeriod {
  const lots = all.filter((lot) => lot.ends_at?.getTime() === ends_at.getTime());
  const sum = (of: (lot: Lot) => number) => lots.reduce((total, lot) => total + of(lot), 0);
  return {
    starts_at: lots.map(({ starts_at }) => starts_at).reduce(earlier),
    ends_at,
    lots,
    purchased: sum(({ quantity }) => quantity),
    consumed: sum(({ taken }) => taken),
  };
}

/** Undisputed overage above what was billed before. */
export function chargeableOverage(
  purchased: number,
  tally: { readonly undisputed: number; readonly charged: number },
): number {
  return Math.max(0, tally.undisputed - purchased - tally.charged);
}

/** Lines can be disputed up to, but not including, its end. */
export function isDisputable(review: { readonly disputable_until: Date }, at: Date): boolean {
  return !hasEnded({ ends_at: review.disputable_until }, at);
}
