/** What a simulated plan buys ahead, when, and what that costs: as orders are reckoned, renewals too (RULES §3.2 to §3.6). */
import type { LicenseKind, TermProblem, Terms } from "./kind.ts";
import type { AskedPeriod, Period } from "./period.ts";
import type { PriceList } from "./priceList.ts";
import { lineAmount, tierFor } from "./pricing.ts";
import { type Portion, WHOLE } from "./proration.ts";
import { planPurchase } from "./purchase.ts";
import { lastTerm, nextTerm } from "./renewal.ts";
import type { SimulatedLot } from "./simulate.ts";

export interface WantedPurchase extends AskedPeriod {
  readonly ordered_at: Date;
  readonly quantity: number;
}

export interface SimulatedOrder {
  readonly ordered_at: Date;
  /** Null: no price was in force. */
  readonly amount_minor: number | null;
}

export interface SimulatedSale {
  readonly lots: readonly SimulatedLot[];
  readonly orders: readonly SimulatedOrder[];
}

export interface Plan {
  readonly kind: LicenseKind;
  readonly terms: Terms;
  readonly course_id: string | null;
  readonly prices: PriceList;
}

/** @returns Or what is wrong with what is wanted. */
export function simulatePurchases(
  plan: Plan,
  wanted: readonly WantedPurchase[],
  until: Date,
): SimulatedSale | TermProblem {
  const { kind, terms } = plan;
  const lots: SimulatedLot[] = [];
  const orders: SimulatedOrder[] = [];
  const bought: Period[] = [];
  const buy = (period: Period, quantity: number, portion: Portion, ordered_at: Date) => {
    bought.push(period);
    for (const lot of kind.lotsFor(terms, { ...period, quantity }))
      lots.push({
        ...lot,
        id: `lot ${String(lots.length + 1).padStart(6, "0")}`,
        bought_at: ordered_at,
        taken: 0,
      });
    orders.push({ ordered_at, amount_minor: amountOf(plan, quantity, portion, ordered_at) });
  };
  const sorted = [...wanted].sort((one, other) => one.ordered_at.getTime() - other.ordered_at.getTime());
  for (const { quantity, ordered_at, starts_at, ends_at } of sorted) {
    renewUntil(ordered_at);
    const planned = planPurchase(kind, terms, bought, { starts_at, ends_at }, ordered_at);
    if ("detail" in planned) return planned;
    buy({ starts_at: planned.starts_at, ends_at: planned.ends_at }, quantity, planned.portion, ordered_at);
  }
  renewUntil(until);
  return { lots, orders };

  function renewUntil(instant: Date): void {
    const months = kind.termMonths(terms);
    if (!kind.renews || months === null) return;
    for (let last = lastTerm(lots); last && last.ends_at < instant; last = lastTerm(lots))
      buy(nextTerm(last, months), last.quantity, WHOLE, last.ends_at);
  }
}

function amountOf({ kind, terms, course_id, prices }: Plan, quantity: number, portion: Portion, at: Date) {
  const term_months = kind.termMonths(terms);
  const price = prices({ course_id, covers: "unit", term_months }, at);
  if (!price) return null;
  const { amount_minor: unit_amount_minor, tiers } = price;
  return lineAmount({ unit_amount_minor, quantity, tier: tierFor(tiers, quantity), portion });
}
