/** When what is bought ahead can be used: from its first instant up to, but not including, its last; decided in UTC. */
import { addMonths } from "../time.ts";
import type { TermProblem } from "./kind.ts";

export interface Period {
  readonly starts_at: Date;
  readonly ends_at: Date;
}

/** What the buyer asks for; null: as is usual for the kind. */
export interface AskedPeriod {
  readonly starts_at: Date | null;
  readonly ends_at: Date | null;
}

/** From the moment of purchase, for so many months; nobody chooses (RULES §3.2, §3.3). */
export function fromPurchase(months: number, asked: AskedPeriod, at: Date): Period | TermProblem {
  if (asked.starts_at)
    return { field: "starts_at", detail: "expected none; what is bought begins with the purchase" };
  if (asked.ends_at)
    return {
      field: "ends_at",
      detail: `expected none; what is bought lasts ${months} ${months === 1 ? "month" : "months"}`,
    };
  return { starts_at: at, ends_at: addMonths(at, months) };
}

/** As it is agreed; from the purchase, for so many months, where nothing is (RULES §3.4). */
export function asAgreed(usualMonths: number, asked: AskedPeriod, at: Date): Period | TermProblem {
  const starts_at = asked.starts_at ?? at;
  return checked({ starts_at, ends_at: asked.ends_at ?? addMonths(starts_at, usualMonths) }, at);
}

/** Whole days in UTC, from today where no other is agreed, for at most so many months (RULES §3.6). */
export function wholeDays(longestMonths: number, asked: AskedPeriod, at: Date): Period | TermProblem {
  const starts_at = asked.starts_at ?? startOfDay(at);
  const latest = addMonths(starts_at, longestMonths);
  const ends_at = asked.ends_at ?? latest;
  for (const [field, time] of Object.entries({ starts_at, ends_at }))
    if (time.getTime() !== startOfDay(time).getTime())
      return { field, detail: "expected 00:00 UTC of a day" };
  if (ends_at > latest)
    return { field: "ends_at", detail: `expected at most ${longestMonths} months after starts_at` };
  return checked({ starts_at, ends_at }, at);
}

/** It may have begun: what was agreed on the 1st is often entered on the 3rd. */
function checked(period: Period, at: Date): Period | TermProblem {
  if (period.ends_at <= period.starts_at)
    return { field: "ends_at", detail: "expected a time after starts_at" };
  if (period.ends_at <= at)
    return { field: "ends_at", detail: "expected a time ahead; the period would be over" };
  return period;
}

function startOfDay(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()));
}
