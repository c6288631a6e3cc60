/** Where a license stands, for people: what `admit` would answer to somebody new, without asking who. */
import { hasEnded, hasStarted, type Term } from "../time.ts";
import { openingTerm } from "./book.ts";

export const LICENSE_STATES = ["not_started", "running", "paused", "ended"] as const;

export type LicenseState = (typeof LICENSE_STATES)[number];

/**
 * @param contracts Of the license's kind; null for a kind that needs none.
 * @param lots None for a kind that has none, or before the first is bought.
 */
export function licenseState(
  license: Term & { readonly paused_at: Date | null },
  contracts: readonly Term[] | null,
  lots: readonly Term[],
  at: Date,
): LicenseState {
  const term = openingTerm(license, contracts, at);
  if (hasEnded(term, at) || (lots.length > 0 && lots.every((lot) => hasEnded(lot, at)))) return "ended";
  if (!hasStarted(term, at) || (lots.length > 0 && !lots.some((lot) => hasStarted(lot, at))))
    return "not_started";
  return license.paused_at === null ? "running" : "paused";
}
