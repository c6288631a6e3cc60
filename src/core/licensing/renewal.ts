/** A subscription's terms follow one another until it is cancelled, and a renewal interrupts nobody (RULES §3.3). */
import { addMonths, earlier, hasEnded, later, type Term } from "../time.ts";
import { kindOf } from "./kinds/index.ts";
import type { Period } from "./period.ts";

/** What says whether and how a license renews itself. */
export interface Renewing {
  readonly kind: string;
  /** Of the license itself; null: it has no end. */
  readonly ends_at: Date | null;
  /** Since when it does not renew itself; null: it does. */
  readonly renewal_cancelled_at: Date | null;
}

/** The last term that was bought: with what was added to it. */
export interface LastTerm extends Period {
  /** When the first of the terms that led up to it without a gap began: months are counted from there (RULES §1). */
  readonly counted_from: Date;
  /** Seats in all. */
  readonly quantity: number;
  readonly lots: readonly BoughtLot[];
  /** Whether a term that followed was taken back: whoever did so wants no other in its place. */
  readonly next_taken_back: boolean;
}

export interface BoughtLot extends Term {
  readonly id: string;
  readonly quantity: number;
}

/**
 * Null before the first purchase. What was added in its course has its end, and a later start. One that was taken back as a
 * whole is the last only where nothing else was bought.
 */
export function lastTerm(lots: readonly BoughtLot[]): LastTerm | null {
  const kept = lots.filter(({ quantity }) => quantity > 0);
  const ends = (kept.length > 0 ? kept : lots).flatMap(({ ends_at }) => ends_at ?? []);
  if (ends.length === 0) return null;
  const ends_at = ends.reduce(later);
  const own = endingAt(lots, ends_at);
  return {
    starts_at: own.map(({ starts_at }) => starts_at).reduce(earlier),
    ends_at,
    counted_from: countedFrom(lots, ends_at),
    quantity: own.reduce((sum, { quantity }) => sum + quantity, 0),
    lots: own,
    next_taken_back: lots.some(({ starts_at }) => starts_at >= ends_at),
  };
}

function endingAt(lots: readonly BoughtLot[], end: Date): BoughtLot[] {
  return lots.filter(({ ends_at }) => ends_at?.getTime() === end.getTime());
}

function countedFrom(lots: readonly BoughtLot[], end: Date): Date {
  const start = endingAt(lots, end)
    .map(({ starts_at }) => starts_at)
    .reduce(earlier);
  return endingAt(lots, start).length > 0 ? countedFrom(lots, start) : start;
}

/**
 * Cancelled, it still renews if a term was bought since; not where all that was bought was taken back, or the next term was:
 * it would be sold again as often as somebody gives it back. A purchase begins a term that renews as ever.
 */
export function doesRenew(license: Renewing, last: LastTerm): boolean {
  const { kind, renewal_cancelled_at } = license;
  if (!kindOf(kind).renews || hasEnded(license, last.ends_at)) return false;
  if (last.quantity === 0 || last.next_taken_back) return false;
  return renewal_cancelled_at === null || renewal_cancelled_at < last.starts_at;
}

/**
 * Since when a license does not renew itself that is cancelled `at`: never before the last term began, or it would renew as one
 * that was bought again. Cancelled twice is cancelled once.
 */
export function cancelledSince({ renewal_cancelled_at }: Renewing, last: LastTerm | null, at: Date): Date {
  const since = last ? later(at, last.starts_at) : at;
  const holds = renewal_cancelled_at !== null && (!last || renewal_cancelled_at >= last.starts_at);
  return holds ? renewal_cancelled_at : since;
}

/** Whether a term has ended that is to be followed by another one. */
export function isRenewalDue(license: Renewing, lots: readonly BoughtLot[], at: Date): boolean {
  if (!kindOf(license.kind).renews) return false;
  const last = lastTerm(lots);
  return last !== null && hasEnded(last, at) && doesRenew(license, last);
}

/** @param months Of the next term: the length may have changed since. */
export function nextTerm({ ends_at, counted_from }: LastTerm, months: number): Period {
  const before = calendarMonths(counted_from, ends_at);
  return { starts_at: ends_at, ends_at: addMonths(counted_from, before + months) };
}

function calendarMonths(from: Date, to: Date): number {
  return (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
}

/** Who had a seat to the end of the term that is over. */
export interface Holder {
  readonly learner_id: string;
  readonly deactivated: boolean;
  /** Null: held a seat without a launch since it began. */
  readonly last_launch_at: Date | null;
}

/**
 * Those who have a seat in the next term: everyone who is not deactivated; of more than it has seats, those who launched most
 * recently.
 */
export function whoKeepsSeats<Someone extends Holder>(holders: readonly Someone[], seats: number): Someone[] {
  const since = ({ last_launch_at }: Someone) => last_launch_at?.getTime() ?? Number.NEGATIVE_INFINITY;
  return holders
    .filter(({ deactivated }) => !deactivated)
    .sort((one, other) => since(other) - since(one) || (one.learner_id < other.learner_id ? -1 : 1))
    .slice(0, seats);
}
