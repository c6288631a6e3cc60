/** How much of a license is used: now, per lot, per plan and month by month (RULES §3 "The dashboard shows"). */
import {
  addMonths,
  hasEnded,
  hasStarted,
  holds,
  later,
  secondsBetween,
  startOfMonth,
  type Term,
} from "../time.ts";
import type { Lot } from "./admit.ts";
import type { Period } from "./period.ts";
import { plansOf } from "./planMonths.ts";

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
    state: stateOf(lot, at),
    starts_at: lot.starts_at,
    ends_at: lot.ends_at,
    purchased: lot.quantity,
    used: lot.taken,
    remaining: ended ? 0 : left,
    lapsed: ended ? left : 0,
  };
}

/** What can be used now, of all that was bought. */
export interface Supply {
  readonly purchased: number;
  readonly used: number;
  /** Purchased less used: below zero, an overage (RULES §3.4). */
  readonly available: number;
  readonly overage: number;
}

export interface SupplyNow extends Supply {
  /** Of the plan that runs; of the last one, where several run at once. */
  readonly ends_at: Date;
  /** Whole days, the running one included. */
  readonly days_left: number;
}

/** What was bought for one period, with what was added to it: a plan, a term, a license period, a lot. */
export interface PlanUsage extends Supply, Period {
  readonly state: LotUsage["state"];
  /** Null unless it runs. */
  readonly days_left: number | null;
  /** What was left when a lot of it ended. */
  readonly lapsed: number;
  /** Bought of it, and not begun: all of a plan that is ahead, the months to come of one that is sold by months. */
  readonly ahead: number;
}

/** Of all licenses of a kind. */
export interface SupplyOfKind {
  readonly kind: string;
  readonly licenses: number;
  /** Of what runs now. */
  readonly purchased: number;
  readonly used: number;
  /** Beyond what was bought, each license by itself. */
  readonly overage: number;
  /** Left when it ended. */
  readonly lapsed: number;
  /** Bought, and not begun. */
  readonly ahead: number;
  /** When the first license that runs now has nothing more that was bought; null: none was bought, or none runs. */
  readonly first_ends_at: Date | null;
}

/** The plan that runs first, then those ahead, then the past ones, newest first (RULES §3.6). */
export function usageOfPlans(
  bought: readonly Period[],
  lots: readonly Lot[],
  at: Date,
): readonly PlanUsage[] {
  return plansOf(bought, at).map(({ starts_at, ends_at }) => {
    const plan = { starts_at, ends_at };
    const own = lots.filter((lot) => isOf(plan, lot));
    const begun = own.filter((lot) => hasStarted(lot, at));
    const running = supplyOf(begun.filter((lot) => !hasEnded(lot, at)));
    const ended = byEnd(begun.filter((lot) => hasEnded(lot, at))).map(supplyOf);
    const sum = (of: (supply: Supply) => number) => ended.reduce((total, one) => total + of(one), 0);
    return {
      ...plan,
      state: stateOf(plan, at),
      days_left: holds(plan, at) ? daysLeft(ends_at, at) : null,
      purchased: running.purchased + sum(({ purchased }) => purchased),
      used: running.used + sum(({ used }) => used),
      available: running.available,
      overage: running.overage + sum(({ overage }) => overage),
      lapsed: sum(({ available }) => Math.max(0, available)),
      ahead: supplyOf(own.filter((lot) => !hasStarted(lot, at))).purchased,
    };
  });
}

/** Null where nothing that was bought runs. */
export function supplyNow(plans: readonly PlanUsage[], lots: readonly Lot[], at: Date): SupplyNow | null {
  const running = plans.filter((plan) => holds(plan, at));
  if (running.length === 0) return null;
  const ends_at = running.map((plan) => plan.ends_at).reduce(later);
  const now = byEnd(lots.filter((lot) => holds(lot, at))).map(supplyOf);
  const sum = (of: (supply: Supply) => number) => now.reduce((total, one) => total + of(one), 0);
  return {
    purchased: sum(({ purchased }) => purchased),
    used: sum(({ used }) => used),
    available: sum(({ available }) => available),
    overage: sum(({ overage }) => overage),
    ends_at,
    days_left: daysLeft(ends_at, at),
  };
}

/** What ends together counts together: a lot that is overdrawn was so before the next one was added. */
function byEnd(lots: readonly Lot[]): Lot[][] {
  const groups = new Map<number | undefined, Lot[]>();
  for (const lot of lots) {
    const end = lot.ends_at?.getTime();
    groups.set(end, [...(groups.get(end) ?? []), lot]);
  }
  return [...groups.values()];
}

function supplyOf(lots: readonly Lot[]): Supply {
  const purchased = lots.reduce((sum, { quantity }) => sum + quantity, 0);
  const used = lots.reduce((sum, { taken }) => sum + taken, 0);
  return { purchased, used, available: purchased - used, overage: Math.max(0, used - purchased) };
}

function isOf(plan: Period, { starts_at, ends_at }: Lot): boolean {
  return plan.starts_at <= starts_at && ends_at !== null && ends_at <= plan.ends_at;
}

function stateOf(term: Term, at: Date): LotUsage["state"] {
  return hasEnded(term, at) ? "ended" : hasStarted(term, at) ? "running" : "not_started";
}

const DAY_SECONDS = 86_400;

export function daysLeft(end: Date, at: Date): number {
  return Math.ceil(secondsBetween(at, end) / DAY_SECONDS);
}

export const USAGE_FIGURES = [
  "started",
  "pending",
  "confirmed",
  "released",
  "charges",
  "charged_minor",
] as const;

export type UsageFigures = Readonly<Record<(typeof USAGE_FIGURES)[number], number>>;

/**
 * Of one calendar month, UTC. `started`: seats that began in it and are not released; of these, those still `pending`.
 * `confirmed`: seats confirmed in it, and not released. `charges`: corrections aside; the sum has them.
 */
export interface UsageOfMonth extends UsageFigures {
  /** Its first instant. */
  readonly month: Date;
}

export interface MonthInSeries extends UsageOfMonth {
  /** Seats that began until its end and are not released. */
  readonly taken: number;
}

/** Every month from one to another, those without anything too. @param rows In order, from the first on. */
export function monthSeries(
  rows: readonly UsageOfMonth[],
  { from, to }: { readonly from: Date; readonly to: Date },
): readonly MonthInSeries[] {
  const byMonth = new Map(rows.map((row) => [row.month.getTime(), row]));
  let taken = sumUsage(rows.filter(({ month }) => month < from)).started;
  const series: MonthInSeries[] = [];
  for (let month = startOfMonth(from); month <= to; month = addMonths(month, 1)) {
    const row = byMonth.get(month.getTime());
    const figures = sumUsage(row ? [row] : []);
    taken += figures.started;
    series.push({ month, ...figures, taken });
  }
  return series;
}

export function sumUsage(rows: readonly UsageFigures[]): UsageFigures {
  const sum = (figure: (typeof USAGE_FIGURES)[number]) => rows.reduce((total, row) => total + row[figure], 0);
  return {
    started: sum("started"),
    pending: sum("pending"),
    confirmed: sum("confirmed"),
    released: sum("released"),
    charges: sum("charges"),
    charged_minor: sum("charged_minor"),
  };
}
