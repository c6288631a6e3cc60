import type { CourseItem, CourseStructure } from "../../../../core/course.ts";

/** An item that can be opened. */
export interface Leaf {
  readonly item: CourseItem;
  readonly resource: NonNullable<CourseItem["resource"]>;
}

/** The leaves in the order of the table of contents. */
export function leavesOf(items: readonly CourseItem[]): readonly Leaf[] {
  return items.flatMap((item) => {
    const own = item.resource === undefined ? [] : [{ item, resource: item.resource }];
    return [...own, ...leavesOf(item.items)];
  });
}

export function findItem(items: readonly CourseItem[], id: string): CourseItem | undefined {
  for (const item of items) {
    const found = item.id === id ? item : findItem(item.items, id);
    if (found) return found;
  }
  return undefined;
}

/** One SCO or asset, and so no table of contents. */
export const isSingle = (structure: CourseStructure): boolean => leavesOf(structure.items).length <= 1;

export const is2004 = (structure: CourseStructure): boolean => structure.standard.startsWith("scorm2004");
