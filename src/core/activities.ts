/** What a learner did in each activity of a course, as support reads it: the standards' words made one. */
import type { CourseItem, CourseStructure } from "./course.ts";

/** One activity's run-time state: element → value. */
export type Elements = Readonly<Record<string, string>>;

export interface ActivitySummary {
  readonly item_id: string;
  readonly title: string;
  readonly completion: string;
  readonly success: string;
  readonly score_raw: string | null;
  readonly score_scaled: string | null;
  readonly progress: string | null;
  readonly location: string | null;
  /** Of the course's own bookmarks, which only it can read. */
  readonly suspend_data_characters: number;
  readonly total_seconds: number;
}

/** The leaves of the course in order: opened or not. */
export function summarizeActivities(
  structure: CourseStructure,
  stateOf: (itemId: string) => { readonly elements: Elements; readonly total_seconds: number } | undefined,
): ActivitySummary[] {
  return leavesOf(structure.items).map(({ id, title }) => {
    const { elements = {}, total_seconds = 0 } = stateOf(id) ?? {};
    return {
      item_id: id,
      title,
      ...statusOf(elements),
      score_raw: elements["cmi.core.score.raw"] ?? elements["cmi.score.raw"] ?? null,
      score_scaled: elements["cmi.score.scaled"] ?? null,
      progress: elements["cmi.progress_measure"] ?? null,
      location: elements["cmi.core.lesson_location"] ?? elements["cmi.location"] ?? null,
      suspend_data_characters: elements["cmi.suspend_data"]?.length ?? 0,
      total_seconds,
    };
  });
}

function leavesOf(items: readonly CourseItem[]): CourseItem[] {
  return items.flatMap((item) => (item.resource ? [item] : leavesOf(item.items)));
}

/** SCORM 1.2 has one status for two questions: passed and failed end the work as completed does. */
function statusOf(elements: Elements): Pick<ActivitySummary, "completion" | "success"> {
  const status = elements["cmi.core.lesson_status"];
  if (status === undefined)
    return {
      completion: elements["cmi.completion_status"] ?? "not attempted",
      success: elements["cmi.success_status"] ?? "unknown",
    };
  const isDecided = status === "passed" || status === "failed";
  return { completion: isDecided ? "completed" : status, success: isDecided ? status : "unknown" };
}
