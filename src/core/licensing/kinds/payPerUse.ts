import { addMonths } from "../../time.ts";
import { BOUGHT_AS_NEEDED, type LicenseKind, term, USUAL_RULES } from "../kind.ts";

/** RULES §3.1: one course, no purchase ahead; charged at two minutes or at the second launch. */
export const payPerUse: LicenseKind = {
  ...BOUGHT_AS_NEEDED,
  name: "pay_per_use",
  title: "Pay per use",
  scopes: ["course"],
  needs_contract: true,
  needs_price: true,
  is_assigned: false,
  frees_on_deactivation: false,
  counts_activities: false,
  terms: {
    seat_months: {
      least: 1,
      most: 120,
      fallback: 12,
      meaning: "Months that a seat lasts, from the learner's first launch.",
    },
    charge_after_seconds: {
      least: 1,
      most: 86_400,
      fallback: 120,
      meaning: "Seconds that the course must be open in one launch before the seat is charged.",
    },
    charge_after_launches: {
      least: 1,
      most: 100,
      fallback: 2,
      meaning: "The launch that charges the seat, whatever its length.",
    },
    same_launch_seconds: {
      least: 0,
      most: 3600,
      fallback: 0,
      meaning: "A launch this soon after another counts as the same one, for LMSs that load twice.",
    },
  },
  rules: (terms) => ({
    seat_covers: "learner_and_course",
    supply: "on_demand",
    seatEnd: (at) => addMonths(at, term(terms, "seat_months")),
    ...USUAL_RULES,
    ended_seat: "bars",
    safeguard: {
      charge_after_seconds: term(terms, "charge_after_seconds"),
      charge_after_launches: term(terms, "charge_after_launches"),
      same_launch_seconds: term(terms, "same_launch_seconds"),
    },
    charge_on_confirmation: true,
  }),
};
