/** For when something is bought, and which part of its price that costs (RULES §3.2 to §3.6). */
import type { LicenseKind, TermProblem, Terms } from "./kind.ts";
import type { AskedPeriod, Period } from "./period.ts";
import { monthsBetween, type Portion, portionLeft, WHOLE } from "./proration.ts";

export interface PlannedPurchase extends Period {
  readonly portion: Portion;
  /** Of the term that it is for, whatever the length of the next one; null for a kind that is not sold by terms. */
  readonly term_months: number | null;
}

/**
 * @param bought For when anything of the license was bought before.
 * @returns Or what is wrong with what is asked for.
 */
export function planPurchase(
  kind: LicenseKind,
  terms: Terms,
  bought: readonly Period[],
  asked: AskedPeriod,
  at: Date,
): PlannedPurchase | TermProblem {
  if (!kind.purchasePeriod) throw new Error(`${kind.name} is not bought ahead`);
  const starts_at = asked.starts_at ?? at;
  const running = kind.periods ? periodAt(bought, starts_at) : null;
  if (running && running.ends_at <= at)
    return { field: "starts_at", detail: `expected none of a ${kind.periods} that is over` };
  if (running) return added(kind, terms, bought, running, { ...asked, starts_at });
  const period = kind.purchasePeriod(terms, asked, at);
  if ("detail" in period) return period;
  const next = kind.periods && bought.find((other) => overlap(other, period));
  if (next)
    return {
      field: "ends_at",
      detail: `expected at most ${shown(next.starts_at)}, where another ${kind.periods} begins`,
    };
  return { ...period, portion: WHOLE, term_months: kind.termMonths(terms) };
}

/** What is bought within a period ends with it; of one that is sold by terms it is priced by the time left (RULES §3.3). */
function added(
  kind: LicenseKind,
  terms: Terms,
  bought: readonly Period[],
  running: Period,
  { starts_at, ends_at }: AskedPeriod & { readonly starts_at: Date },
): PlannedPurchase | TermProblem {
  if (ends_at && ends_at.getTime() !== running.ends_at.getTime())
    return {
      field: "ends_at",
      detail: `expected none, or the end of the running ${kind.periods}, ${shown(running.ends_at)}`,
    };
  const period = { starts_at, ends_at: running.ends_at };
  if (kind.termMonths(terms) === null) return { ...period, portion: WHOLE, term_months: null };
  const portion = portionLeft(running, firstStart(bought, running), starts_at);
  return { ...period, portion, term_months: monthsBetween(running.starts_at, running.ends_at) };
}

/** What was added in its course has its end, and a later start. */
function periodAt(bought: readonly Period[], at: Date): Period | null {
  const running = bought.find((period) => period.starts_at <= at && at < period.ends_at);
  return running ? earliestStart(bought, running.ends_at) : null;
}

/** Of the first of the terms that lead up to this one without a gap. */
function firstStart(bought: readonly Period[], running: Period): Date {
  const before = earliestStart(bought, running.starts_at);
  return before ? firstStart(bought, before) : running.starts_at;
}

/** Of those with that end. */
function earliestStart(bought: readonly Period[], ends_at: Date): Period | null {
  return bought
    .filter((period) => period.ends_at.getTime() === ends_at.getTime())
    .reduce<Period | null>((first, one) => (first && first.starts_at <= one.starts_at ? first : one), null);
}

function overlap(one: Period, other: Period): boolean {
  return one.starts_at < other.ends_at && other.starts_at < one.ends_at;
}

function shown(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
