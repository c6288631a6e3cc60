/**
 * What is added in mid-term is priced by the time left: whole months, plus the running month's days left over its days, over
 * the term's months (RULES §3.3). Months are counted from the first start, so that clamped days don't drift (RULES §1).
 */
import { addMonths } from "../time.ts";
import type { Period } from "./period.ts";

/** A fraction of whole numbers; amounts are never floats. */
export interface Portion {
  readonly numerator: number;
  readonly denominator: number;
}

export const WHOLE: Portion = { numerator: 1, denominator: 1 };

/**
 * @param term Whole months from `firstStart`, or from a multiple of them later.
 * @param firstStart When the first of the terms that follow each other began.
 * @param at The day that runs counts as left: it can be used.
 */
export function portionLeft(term: Period, firstStart: Date, at: Date): Portion {
  const before = monthsBetween(firstStart, term.starts_at);
  const months = monthsBetween(term.starts_at, term.ends_at);
  if (months < 1) throw new Error("A term has at least a month");
  if (at <= term.starts_at) return { numerator: months, denominator: months };
  if (at >= term.ends_at) return { numerator: 0, denominator: months };
  const boundary = (month: number) => addMonths(firstStart, before + month);
  let month = monthsBetween(term.starts_at, at);
  if (boundary(month) > at) month -= 1;
  const days = daysBetween(boundary(month), boundary(month + 1));
  const daysLeft = Math.ceil(daysBetween(at, boundary(month + 1)));
  const monthsLeft = months - month - 1;
  if (daysLeft === days) return { numerator: monthsLeft + 1, denominator: months };
  return { numerator: monthsLeft * days + daysLeft, denominator: months * days };
}

/** By the calendar: a clamped day is still of the month that is meant. */
export function monthsBetween(from: Date, to: Date): number {
  return (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
}

const DAY_MILLISECONDS = 86_400_000;

/** Days in UTC are of one length. */
function daysBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / DAY_MILLISECONDS;
}
