import { type LicenseKind, term, USUAL_RULES } from "../kind.ts";
import { asAgreed } from "../period.ts";

/** RULES §3.4: everything, for a number of people, over a license period; beyond it an overage, never a denial. */
export const population: LicenseKind = {
  name: "population",
  title: "Population",
  scopes: ["catalog", "bundle"],
  needs_contract: false,
  needs_price: false,
  largest_lot: 10_000_000,
  largest_self_service_lot: null,
  purchasePeriod: (terms, asked, at) => asAgreed(term(terms, "period_months"), asked, at),
  termMonths: () => null,
  periods: "period",
  renews: false,
  is_assigned: false,
  frees_on_deactivation: false,
  counts_activities: false,
  terms: {
    period_months: { least: 1, most: 60, fallback: 12, meaning: "Months that a license period lasts." },
    dispute_days: {
      least: 1,
      most: 365,
      fallback: 14,
      meaning: "Days in which the administrators can dispute an overage after it was announced.",
    },
  },
  lotsFor: (_terms, purchase) => [{ ...purchase, overage: true }],
  rules: () => ({
    seat_covers: "learner",
    supply: "lots",
    seatEnd: (_at, { lot_ends_at }) => lot_ends_at,
    ...USUAL_RULES,
    when_full: "overage",
  }),
};
