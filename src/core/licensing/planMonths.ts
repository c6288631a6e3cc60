/** An annual plan month by month (RULES §3.6 "Reports"). Months are calendar months in UTC, the first and last possibly partial. */
import { earlier, startOfNextMonth, type Term } from "../time.ts";
import type { Period } from "./period.ts";

/** Seats of a lot that were taken in one month and, where they were, freed in one. */
export interface SeatMove {
  readonly lot_id: string;
  /** Any instant of the month. */
  readonly taken_in: Date;
  /** Null: not freed. */
  readonly freed_in: Date | null;
  readonly seats: number;
}

export interface LotOfPlan extends Term {
  readonly id: string;
  readonly quantity: number;
}

export interface PlanMonth {
  readonly starts_at: Date;
  readonly ends_at: Date;
  /** Of all lots that run in it. */
  readonly purchased: number;
  /** Null: the month has not begun. */
  readonly use: MonthUse | null;
}

export interface MonthUse {
  readonly taken: number;
  readonly freed: number;
  /** At its end, or as it stands now; of the lots that run in it. */
  readonly used: number;
  /** Below zero: an overage. */
  readonly available: number;
}

export function planMonths(
  plan: Period,
  lots: readonly LotOfPlan[],
  moves: readonly SeatMove[],
  at: Date,
): readonly PlanMonth[] {
  const months: PlanMonth[] = [];
  for (let starts_at = plan.starts_at; starts_at < plan.ends_at; starts_at = startOfNextMonth(starts_at)) {
    const month: Period = { starts_at, ends_at: earlier(startOfNextMonth(starts_at), plan.ends_at) };
    const running = lots.filter((lot) => lot.starts_at < month.ends_at && isAfter(lot.ends_at, starts_at));
    const purchased = running.reduce((sum, { quantity }) => sum + quantity, 0);
    months.push({
      ...month,
      purchased,
      use: starts_at > at ? null : useOf(month, running, moves, purchased),
    });
  }
  return months;
}

function useOf(
  month: Period,
  lots: readonly LotOfPlan[],
  moves: readonly SeatMove[],
  purchased: number,
): MonthUse {
  const ids = new Set(lots.map(({ id }) => id));
  const own = moves.filter(({ lot_id }) => ids.has(lot_id));
  const sum = (which: (move: SeatMove) => boolean) =>
    own.filter(which).reduce((total, { seats }) => total + seats, 0);
  const used =
    sum(({ taken_in }) => taken_in < month.ends_at) -
    sum(({ freed_in }) => freed_in !== null && freed_in < month.ends_at);
  return {
    taken: sum(({ taken_in }) => isWithin(month, taken_in)),
    freed: sum(({ freed_in }) => freed_in !== null && isWithin(month, freed_in)),
    used,
    available: purchased - used,
  };
}

function isAfter(end: Date | null, at: Date): boolean {
  return end === null || end > at;
}

function isWithin({ starts_at, ends_at }: Period, at: Date): boolean {
  return starts_at <= at && at < ends_at;
}

/**
 * The plans of a license, the one that runs first, then those ahead, then the past ones, newest first. What is added in a plan's
 * course ends with it.
 * @param bought For when anything was bought.
 */
export function plansOf(bought: readonly Period[], at: Date): readonly Period[] {
  const byEnd = new Map<number, Period>();
  for (const period of bought) {
    const known = byEnd.get(period.ends_at.getTime());
    if (!known || period.starts_at < known.starts_at) byEnd.set(period.ends_at.getTime(), period);
  }
  const plans = [...byEnd.values()].sort((one, other) => one.starts_at.getTime() - other.starts_at.getTime());
  const past = plans.filter(({ ends_at }) => ends_at <= at).reverse();
  return [
    ...plans.filter((plan) => isWithin(plan, at)),
    ...plans.filter(({ starts_at }) => starts_at > at),
    ...past,
  ];
}
