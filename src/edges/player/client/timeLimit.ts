import type { CourseItem } from "../../../core/course.ts";
import { timeLimitSecondsOf } from "./activities/seeds.ts";

/** What the manifest wants done about it; nothing is watched where that is nothing. */
export type TimeLimitAction = Exclude<NonNullable<CourseItem["time_limit_action"]>, "continue,no message">;

/** Longer than setTimeout can count is longer than a launch can last (RULES §2). */
const LONGEST_MILLISECONDS = 2 ** 31 - 1;

/** Returns what stops the watch. */
export function watchTimeLimit(
  item: CourseItem,
  usedSeconds: number,
  onUp: (action: TimeLimitAction) => void,
): () => void {
  const limit = timeLimitSecondsOf(item);
  const action = item.time_limit_action ?? "continue,no message";
  if (limit === null || action === "continue,no message") return () => undefined;
  const remaining = Math.min(Math.max(limit - usedSeconds, 0) * 1000, LONGEST_MILLISECONDS);
  const timer = window.setTimeout(() => onUp(action), remaining);
  return () => window.clearTimeout(timer);
}
