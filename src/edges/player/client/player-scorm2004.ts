/** The SCORM 2004 run-time with sequencing, a script of its own: only courses that need it load it. */

export type { SequencedListener as Listener } from "./runtime/scorm2004.ts";
export { SequencedCourse } from "./runtime/scorm2004.ts";
