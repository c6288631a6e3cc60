/** What a record says, in one shape for both standards. */
import { secondsOfInterval, secondsOfTimespan } from "../../durations.ts";
import type { LmsRecord } from "../../practiceTypes.ts";

export interface RecordedFacts {
  readonly status: string;
  readonly score: string;
  readonly location: string;
  readonly suspend_data: string;
  readonly exit: string;
  readonly session_seconds: number | null;
  /** The id that was sent for the learner, once the course has committed. */
  readonly sent_id: string;
}

export function recordedFacts({
  elements,
  standard,
}: Pick<LmsRecord, "elements" | "standard">): RecordedFacts {
  const get = (element: string) => elements[element] ?? "";
  if (standard === "scorm12") {
    return {
      status: get("cmi.core.lesson_status") || "not attempted",
      score: scoreText(get("cmi.core.score.raw"), get("cmi.core.score.max"), ""),
      location: get("cmi.core.lesson_location"),
      suspend_data: get("cmi.suspend_data"),
      exit: get("cmi.core.exit"),
      session_seconds: secondsOfTimespan(get("cmi.core.session_time")),
      sent_id: get("cmi.core.student_id"),
    };
  }
  const statuses = [get("cmi.completion_status"), get("cmi.success_status")];
  const known = statuses.filter((status) => status !== "" && status !== "unknown");
  return {
    status: known.join(", ") || "unknown",
    score: scoreText(get("cmi.score.raw"), get("cmi.score.max"), get("cmi.score.scaled")),
    location: get("cmi.location"),
    suspend_data: get("cmi.suspend_data"),
    exit: get("cmi.exit"),
    session_seconds: secondsOfInterval(get("cmi.session_time")),
    sent_id: get("cmi.learner_id"),
  };
}

function scoreText(raw: string, max: string, scaled: string): string {
  const points = raw === "" || max === "" ? raw : `${raw} of ${max}`;
  if (scaled === "") return points;
  return points === "" ? `${scaled} scaled` : `${points} (${scaled} scaled)`;
}
