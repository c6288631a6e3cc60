import type { LaunchAllowed } from "../../../core/bridge.ts";
import type { CourseItem } from "../../../core/course.ts";
import type { Conductor } from "./activities/conductor.ts";
import { PlainConductor } from "./activities/plain.ts";
import { SequencedConductor, storedRestart } from "./activities/sequenced.ts";
import { is2004 } from "./activities/tree.ts";
import type { CourseState } from "./courseState.ts";
import { importOwn } from "./ownScripts.ts";
import type * as scorm12 from "./player-scorm12.ts";
import type * as scorm2004 from "./player-scorm2004.ts";
import type { ScoSeed } from "./runtime/session.ts";

/** The conductor for the course's standard, with the run-time that it needs: no other is loaded. */
export async function conductorFor(
  allowed: LaunchAllowed,
  state: CourseState,
  seed: (item: CourseItem) => ScoSeed,
  onNavigated: scorm2004.Listener["onNavigated"],
): Promise<Conductor> {
  const { structure } = allowed.course;
  if (is2004(structure)) {
    const { SequencedCourse } = await importOwn<typeof scorm2004>("player-scorm2004.js");
    const course = new SequencedCourse(structure, { onNavigated }, storedRestart(state));
    return new SequencedConductor({ structure, state, seed, course });
  }
  if (structure.standard !== "scorm12")
    return new PlainConductor({ structure, state, seed, openSession: null });
  const { openSession12 } = await importOwn<typeof scorm12>("player-scorm12.js");
  return new PlainConductor({ structure, state, seed, openSession: openSession12 });
}
