/** What the annual plans have in common (RULES §3.6): at most a year, from 00:00 UTC to 00:00 UTC. */
import type { LicenseKind } from "./kind.ts";
import { wholeDays } from "./period.ts";

const PLAN_MONTHS = 12;

export const ANNUAL_PLAN = {
  scopes: ["catalog", "bundle"],
  needs_contract: false,
  needs_price: false,
  is_assigned: false,
  frees_on_deactivation: false,
  counts_activities: true,
  largest_lot: 10_000_000,
  largest_self_service_lot: null,
  purchasePeriod: (_terms, asked, at) => wholeDays(PLAN_MONTHS, asked, at),
  termMonths: () => null,
  periods: "plan",
  renews: false,
} as const satisfies Partial<LicenseKind>;
