/** What a course is told of its learner and of how it was opened, by whichever door they came. */
import type { LaunchAllowed, LaunchRequest } from "../../core/bridge.ts";
import type { LtiMessage, LtiPerson } from "../../core/lti/message.ts";

export type CourseGivens = Pick<LaunchAllowed, "learner" | "mode" | "credit">;

export function scormGivens({ snapshot }: LaunchRequest): CourseGivens {
  return {
    learner: { id: snapshot.learner_id.trim(), name: snapshot.learner_name },
    mode: modeOf(snapshot.mode),
    credit: snapshot.credit === "no-credit" ? "no-credit" : "credit",
  };
}

/** LTI knows neither `lesson_mode` nor `credit`: every launch is for real. */
export function ltiGivens({ person }: LtiMessage): CourseGivens {
  return { learner: { id: person.id, name: scormName(person) }, mode: "normal", credit: "credit" };
}

/** What an LMS does not say, or says oddly, is `normal`. */
export function modeOf(mode: string): LaunchAllowed["mode"] {
  return mode === "browse" || mode === "review" ? mode : "normal";
}

/** Courses expect "Last, First" (SCORM 1.2 RTE 3.4.2.1.2), and many take the name apart at the comma. */
function scormName({ name, given_name, family_name }: LtiPerson): string {
  return family_name !== "" && given_name !== "" ? `${family_name}, ${given_name}` : name;
}
