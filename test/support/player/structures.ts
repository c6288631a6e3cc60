import type { CourseItem, CourseStructure, Sequencing } from "../../../src/core/course.ts";

export function leaf(id: string, changes: Partial<CourseItem> = {}): CourseItem {
  return {
    id,
    title: `Part ${id}`,
    visible: true,
    resource: { href: `${id}.html`, type: "sco" },
    items: [],
    ...changes,
  };
}

export function group(
  id: string,
  items: readonly CourseItem[],
  changes: Partial<CourseItem> = {},
): CourseItem {
  return { id, title: `Group ${id}`, visible: true, items, ...changes };
}

export function course(
  standard: CourseStructure["standard"],
  items: readonly CourseItem[],
  sequencing?: Sequencing,
): CourseStructure {
  return {
    standard,
    identifier: "course",
    title: "Safety at sea",
    objectives_global_to_system: true,
    ...(sequencing ? { sequencing } : {}),
    items,
  };
}
