import { ANNUAL_PLAN } from "../annualPlan.ts";
import { type LicenseKind, USUAL_RULES, WHEN_FULL, whenFull } from "../kind.ts";

/** RULES §3.6: the first activity takes a seat for the whole plan; deactivating the learner frees it. */
export const seats: LicenseKind = {
  ...ANNUAL_PLAN,
  name: "seats",
  title: "Seats",
  frees_on_deactivation: true,
  terms: { when_full: WHEN_FULL },
  lotsFor: (terms, purchase) => [{ ...purchase, overage: whenFull(terms) === "overage" }],
  rules: (terms) => ({
    seat_covers: "learner",
    supply: "lots",
    seatEnd: (_at, { lot_ends_at }) => lot_ends_at,
    ...USUAL_RULES,
    when_full: whenFull(terms),
  }),
};
