import { choice, type LicenseKind, type Terms, USUAL_RULES } from "../kind.ts";
import { fromPurchase } from "../period.ts";

/**
 * RULES §3.3: a bundle, for a number of seats, in terms that follow one another until the renewal is cancelled. A seat ends
 * with its term; who holds one has one in the next (`renewal.ts`), so that a renewal interrupts nobody.
 */
export const subscription: LicenseKind = {
  name: "subscription",
  title: "Subscription",
  scopes: ["bundle", "catalog"],
  needs_contract: false,
  needs_price: false,
  largest_lot: 1_000_000,
  largest_self_service_lot: 100,
  purchasePeriod: (terms, asked, at) => fromPurchase(termMonths(terms), asked, at),
  termMonths,
  periods: "term",
  renews: true,
  is_assigned: false,
  frees_on_deactivation: false,
  counts_activities: false,
  terms: {
    term_length: {
      choices: ["monthly", "annual"],
      fallback: "annual",
      meaning: "How long each term is, from the moment of purchase; a change holds from the next term on.",
    },
  },
  lotsFor: (_terms, purchase) => [{ ...purchase, overage: false }],
  rules: () => ({
    seat_covers: "learner",
    supply: "lots",
    seatEnd: (_at, { lot_ends_at }) => lot_ends_at,
    ...USUAL_RULES,
  }),
};

function termMonths(terms: Terms): number {
  return choice(terms, "term_length") === "monthly" ? 1 : 12;
}
