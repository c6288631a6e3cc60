/** The SCORM 1.2 run-time, a script of its own: only courses that need it load it. */
export { openSession12 } from "./runtime/scorm12.ts";
