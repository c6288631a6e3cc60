import { addDays, earliest } from "../../time.ts";
import { BOUGHT_AS_NEEDED, choice, type LicenseKind, term, USUAL_RULES } from "../kind.ts";

/**
 * RULES §3.5: a bundle, assigned to named learners for a duration: the license is the subscription profile. Each start of a
 * course is a course assignment, that is a seat, charged at once; it ends with its subscription at the latest.
 */
export const courseAssignment: LicenseKind = {
  ...BOUGHT_AS_NEEDED,
  name: "course_assignment",
  title: "Course assignments",
  scopes: ["bundle", "catalog"],
  needs_contract: false,
  needs_price: true,
  is_assigned: true,
  frees_on_deactivation: false,
  counts_activities: false,
  terms: {
    duration_days: {
      least: 1,
      most: 3660,
      fallback: 365,
      meaning: "Days that a learner's subscription lasts, from its assignment.",
    },
    first_launch: {
      choices: ["deny", "assign"],
      fallback: "deny",
      meaning:
        "A learner who was never assigned: deny them, or assign them on their first launch, once only.",
    },
  },
  rules: (terms) => ({
    seat_covers: "learner_and_course",
    supply: "on_demand",
    seatEnd: (at, { course_days, assignment_ends_at }) =>
      earliest(course_days === null ? null : addDays(at, course_days), assignment_ends_at),
    ...USUAL_RULES,
    ended_seat: "retakes",
    assignment: {
      on_first_launch: choice(terms, "first_launch") === "assign",
      end: (at) => addDays(at, term(terms, "duration_days")),
    },
    charge_on_confirmation: true,
  }),
};
