/** Instants are UTC. Terms are half-open: from their first instant up to, but not including, their last (RULES §1). */

export interface Term {
  readonly starts_at: Date;
  /** Null: no end is set. */
  readonly ends_at: Date | null;
}

export function holds(term: Term, at: Date): boolean {
  return hasStarted(term, at) && !hasEnded(term, at);
}

export function hasStarted(term: Term, at: Date): boolean {
  return term.starts_at <= at;
}

export function hasEnded(term: Pick<Term, "ends_at">, at: Date): boolean {
  return term.ends_at !== null && term.ends_at <= at;
}

/**
 * Calendar months after `start`, the day clamped to the month's last: 31 January + 1 month is 28 or 29 February,
 * 29 February + 12 months is 28 February. Count from the first start, never from a clamped result (RULES §1).
 */
export function addMonths(start: Date, months: number): Date {
  const month = start.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(start.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const result = new Date(start);
  result.setUTCDate(1);
  result.setUTCMonth(month, Math.min(start.getUTCDate(), lastDay));
  return result;
}

const DAY_SECONDS = 86_400;

/** Days in UTC are of one length. */
export function addDays(start: Date, days: number): Date {
  return addSeconds(start, days * DAY_SECONDS);
}

/** 00:00 UTC of the first day of its calendar month. */
export function startOfMonth(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1));
}

/** 00:00 UTC of the first day of the calendar month after it: the end of its own (RULES §3.6). */
export function startOfNextMonth(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
}

export function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}

export function later(one: Date, other: Date): Date {
  return one < other ? other : one;
}

/** The first of them; what is null does not count. Null where all are. */
export function earliest(...times: readonly (Date | null)[]): Date | null {
  const set = times.filter((time) => time !== null);
  return set.length === 0 ? null : set.reduce(earlier);
}

export function addSeconds(start: Date, seconds: number): Date {
  return new Date(start.getTime() + seconds * 1000);
}

/** Seconds from `start` to `end`, with fractions; negative when `end` is earlier. */
export function secondsBetween(start: Date, end: Date): number {
  return (end.getTime() - start.getTime()) / 1000;
}
