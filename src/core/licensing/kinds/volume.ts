import { type LicenseKind, USUAL_RULES } from "../kind.ts";
import { fromPurchase } from "../period.ts";

const LOT_MONTHS = 12;

/** RULES §3.2: one course, seats bought ahead in lots; a seat ends with its lot. */
export const volume: LicenseKind = {
  name: "volume",
  title: "Volume",
  scopes: ["course"],
  needs_contract: false,
  needs_price: false,
  largest_lot: 1_000_000,
  largest_self_service_lot: 1000,
  purchasePeriod: (_terms, asked, at) => fromPurchase(LOT_MONTHS, asked, at),
  termMonths: () => null,
  periods: null,
  renews: false,
  is_assigned: false,
  frees_on_deactivation: false,
  counts_activities: false,
  terms: {},
  lotsFor: (_terms, purchase) => [{ ...purchase, overage: false }],
  rules: () => ({
    seat_covers: "learner_and_course",
    supply: "lots",
    seatEnd: (_at, { lot_ends_at }) => lot_ends_at,
    ...USUAL_RULES,
    ended_seat: "bars",
  }),
};
