/** The expected "no" of the business (RULES §2). Codes are public and never renamed. */

/** In the order of RULES §2: the first that holds is given. `gateway_unavailable` is for the gateway's own trouble. */
export const DENIAL_CODES = [
  "launch_invalid",
  "too_many_launches",
  "origin_refused",
  "delivery_revoked",
  "identity_missing",
  "learner_deactivated",
  "license_not_started",
  "course_retired",
  "not_in_license",
  "subscription_ended",
  "not_assigned",
  "license_ended",
  "seat_expired",
  "license_paused",
  "no_seats_left",
  "gateway_unavailable",
] as const;

export type DenialCode = (typeof DENIAL_CODES)[number];
