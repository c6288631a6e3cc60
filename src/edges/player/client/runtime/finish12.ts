/** What an LMS makes of a SCORM 1.2 SCO's status when it finishes (SCORM 1.2 RTE 3.4.2.1.7). Pure. */

export interface Finished12 {
  readonly status: string;
  /** Whether the SCO itself set a status since it was initialized. */
  readonly set_by_course: boolean;
  readonly raw: string;
  readonly mastery: string;
  readonly credit: string;
  readonly mode: string;
  readonly exit: string;
}

export function statusAfterFinish(finished: Finished12): string {
  const { status, mode } = finished;
  if (mode === "browse") return status === "not attempted" ? "browsed" : status;
  if (mode === "normal" && finished.credit === "credit" && isJudged(finished))
    return Number(finished.raw) >= Number(finished.mastery) ? "passed" : "failed";
  return status === "not attempted" && !finished.set_by_course ? "completed" : status;
}

/**
 * The LMS judges by the mastery score wherever there is one and a raw score. Not so a learner who leaves in
 * mid-course: an `incomplete` that asks to be resumed would else be failed by its first wrong answer.
 */
function isJudged({ raw, mastery, status, exit }: Finished12): boolean {
  const isNumber = (text: string) => text.trim() !== "" && Number.isFinite(Number(text));
  return isNumber(raw) && isNumber(mastery) && !(status === "incomplete" && exit === "suspend");
}
