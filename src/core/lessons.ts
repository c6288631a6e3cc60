/** Which lesson of a course is which: by the titles that learners see in its table of contents. */
import type { CourseItem, CourseStructure } from "./course.ts";

/** Items that can be opened, in order. */
export function leavesOf(items: readonly CourseItem[]): readonly CourseItem[] {
  return items.flatMap((item) => [...(item.resource === undefined ? [] : [item]), ...leavesOf(item.items)]);
}

/**
 * What the player opens by itself when a course begins: its first item that waits for no other one. What sequencing decides
 * otherwise, the player tells (`FIRST_ITEM`).
 */
export function firstLessonOf({ items }: Pick<CourseStructure, "items">): CourseItem | undefined {
  const leaves = leavesOf(items);
  return leaves.find(({ prerequisites = "" }) => prerequisites.trim() === "") ?? leaves[0];
}
