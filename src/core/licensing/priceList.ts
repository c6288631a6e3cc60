/** Which of several prices is in force: for what is reckoned over a whole history, without asking the store each time. */
import type { Tier } from "./pricing.ts";

export interface ListedPrice {
  /** With neither a course nor a bundle: of any that has no price of its own. */
  readonly course_id: string | null;
  readonly bundle_id: string | null;
  readonly covers: "unit" | "overage";
  /** Null: of terms of any length. */
  readonly term_months: number | null;
  readonly amount_minor: number;
  readonly tiers: readonly Tier[];
  readonly valid_from: Date;
}

export interface Wanted {
  readonly course_id: string | null;
  readonly covers: ListedPrice["covers"];
  readonly term_months: number | null;
}

export type PriceList = (wanted: Wanted, at: Date) => ListedPrice | null;

/**
 * The course's own before the bundle's before the general one; of each, that of the term's length before that of any; of each, the
 * latest.
 * @param rows Of those valid from the same instant, the one that was made last first. None of another bundle.
 */
export function priceList(rows: readonly ListedPrice[]): PriceList {
  const byCourse = new Map<string | null, ListedPrice[]>();
  for (const row of rows) byCourse.set(row.course_id, [...(byCourse.get(row.course_id) ?? []), row]);
  for (const own of byCourse.values()) own.sort(inOrder);
  return ({ course_id, covers, term_months }, at) => {
    const fits = (row: ListedPrice) =>
      row.covers === covers &&
      row.valid_from <= at &&
      (row.term_months === null || row.term_months === term_months);
    const own = course_id === null ? undefined : byCourse.get(course_id)?.find(fits);
    return own ?? byCourse.get(null)?.find(fits) ?? null;
  };
}

function inOrder(one: ListedPrice, other: ListedPrice): number {
  return (
    Number(one.bundle_id === null) - Number(other.bundle_id === null) ||
    Number(one.term_months === null) - Number(other.term_months === null) ||
    other.valid_from.getTime() - one.valid_from.getTime()
  );
}
