/** In which time a license opens seats. */
import { hasEnded, hasStarted, holds, type Term } from "../time.ts";

/**
 * The license's own term; for a kind that needs a contract, within a running one (RULES §3.1): a contract that has
 * ended opens no new seats, one that lies ahead has not started.
 * @param contracts Null for a kind that needs none.
 */
export function openingTerm(license: Term, contracts: readonly Term[] | null, at: Date): Term {
  if (contracts === null || contracts.some((contract) => holds(contract, at))) return license;
  const ahead = contracts.filter((contract) => !hasStarted(contract, at));
  const noneEnded = !contracts.some((contract) => hasEnded(contract, at));
  const first = ahead.sort((a, b) => a.starts_at.getTime() - b.starts_at.getTime())[0];
  if (first && noneEnded) return { starts_at: first.starts_at, ends_at: license.ends_at };
  return { starts_at: license.starts_at, ends_at: at };
}
