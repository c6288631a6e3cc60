/** Who takes the grades of a target. */
import type { DueTarget } from "../../../store/lti/gradeOutbox.ts";
import { AGS } from "./ags.ts";
import { deliverOutcome } from "./basicOutcomes.ts";
import type { GradeService } from "./port.ts";

export const GRADE_SERVICES: Readonly<Record<DueTarget["service"], GradeService>> = {
  ags: AGS,
  // Its gradebooks hold a score and nothing else.
  outcomes: { hasPlaceFor: ({ scoreGiven }) => scoreGiven !== undefined, deliver: deliverOutcome },
};
