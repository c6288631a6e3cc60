import type { LicenseKind } from "../kind.ts";

/** RULES §3.2: one course, seats bought ahead in lots; a seat ends with its lot. */
export const volume: LicenseKind = {
  name: "volume",
  title: "Volume",
  scopes: ["course"],
  needs_contract: false,
  largest_lot: 1_000_000,
  largest_self_service_lot: 1000,
  lot_months: 12,
  terms: {},
  rules: () => ({
    seat_covers: "learner_and_course",
    supply: "lots",
    when_full: "deny",
    seatEnd: (_at, lotEnd) => lotEnd,
    safeguard: null,
    charge_on_confirmation: false,
  }),
};
