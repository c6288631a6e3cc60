/** What a platform has before anybody did anything with it. */
import type { Faults, Kept, Learner, Role, SigningKey } from "./platformTypes.ts";

/** The one course of this platform. */
export const COURSE = { id: "course-safety", label: "SAFE-1", title: "Safety at work" } as const;

export const NO_FAULTS: Faults = {
  down: false,
  hang_seconds: 0,
  clock_skew_seconds: 0,
  refuses_scores: false,
};

/** Among them an accent, no e-mail, two people of one name, and somebody who teaches. */
const PEOPLE: readonly [former: string, given: string, family: string, email: string, role: Role][] = [
  ["101", "Anna", "Berg", "anna.berg@example.org", "learner"],
  ["102", "Chidi", "Okafor", "chidi.okafor@example.org", "learner"],
  ["103", "Lucía", "Álvarez", "lucia.alvarez@example.org", "learner"],
  ["104", "Minh", "Nguyen", "", "learner"],
  ["105", "Anna", "Berg", "anna.berg.2@example.org", "learner"],
  ["201", "Grace", "Hopwood", "grace.hopwood@example.org", "instructor"],
];

export function firstState(newId: () => string, keys: readonly SigningKey[]): Kept {
  return {
    keys,
    learners: PEOPLE.map(
      ([former_user_id, given_name, family_name, email, role]): Learner => ({
        user_id: newId(),
        former_user_id,
        given_name,
        family_name,
        email,
        sourcedid: `student-records:${former_user_id}`,
        role,
        left: false,
      }),
    ),
    tools: [],
    consumers: [],
    links: [],
    line_items: [],
    scores: [],
    launches: [],
    access_tokens: [],
    registration_tokens: [],
    seen: [],
    faults: NO_FAULTS,
    log: [],
  };
}
