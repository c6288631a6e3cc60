import { earliest, startOfNextMonth } from "../../time.ts";
import { ANNUAL_PLAN } from "../annualPlan.ts";
import { type LicenseKind, USUAL_RULES } from "../kind.ts";

/**
 * RULES §3.6, monthly active user credits: a learner's first activity in a calendar month spends one. They are one lot for
 * the plan, so unused ones roll on; beyond it an overage, never a denial.
 */
export const monthlyCredits: LicenseKind = {
  ...ANNUAL_PLAN,
  name: "mauc",
  title: "Monthly active user credits",
  terms: {},
  lotsFor: (_terms, purchase) => [{ ...purchase, overage: true }],
  rules: () => ({
    seat_covers: "learner",
    supply: "lots",
    seatEnd: (at, { lot_ends_at }) => earliest(startOfNextMonth(at), lot_ends_at),
    ...USUAL_RULES,
    when_full: "overage",
  }),
};
