import { earlier, startOfNextMonth } from "../../time.ts";
import { ANNUAL_PLAN } from "../annualPlan.ts";
import { type LicenseKind, type LotOfPurchase, USUAL_RULES, WHEN_FULL, whenFull } from "../kind.ts";

/**
 * RULES §3.6, monthly active users: the full number in each calendar month that the plan touches, a lot each; a seat ends with
 * its month, and nothing is carried over.
 */
export const monthlyUsers: LicenseKind = {
  ...ANNUAL_PLAN,
  name: "mau",
  title: "Monthly active users",
  terms: { when_full: WHEN_FULL },
  lotsFor: (terms, plan) => {
    const overage = whenFull(terms) === "overage";
    const lots: LotOfPurchase[] = [];
    for (let starts_at = plan.starts_at; starts_at < plan.ends_at; starts_at = startOfNextMonth(starts_at)) {
      const ends_at = earlier(startOfNextMonth(starts_at), plan.ends_at);
      lots.push({ quantity: plan.quantity, starts_at, ends_at, overage });
    }
    return lots;
  },
  rules: (terms) => ({
    seat_covers: "learner",
    supply: "lots",
    seatEnd: (_at, { lot_ends_at }) => lot_ends_at,
    ...USUAL_RULES,
    when_full: whenFull(terms),
  }),
};
