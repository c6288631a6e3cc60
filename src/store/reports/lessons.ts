/** What lessons are called: the few facts about a course that many rows of a report share. */
import { COURSE_STATE_KEY, FIRST_ITEM } from "../../core/bridge.ts";
import type { CourseItem } from "../../core/course.ts";
import { readText, type StoredText } from "../../core/text.ts";
import type { Sql } from "../db.ts";

export interface CourseItems {
  readonly id: string;
  readonly title: string;
  /** Of every version. */
  readonly versions: readonly { readonly id: string; readonly items: readonly CourseItem[] }[];
}

export function listCourseItems(sql: Sql, courseIds: readonly string[]): Promise<CourseItems[]> {
  return sql.query<CourseItems>(
    `select course.id, course.title, coalesce((select
         jsonb_agg(jsonb_build_object('id', version.id, 'items', version.structure -> 'items') order by version.number)
       from course_version version where version.course_id = course.id), '[]') as versions
     from course where course.id = any($1::uuid[])`,
    [courseIds],
  );
}

/** By attempt: the item that it began with, where the player has told. */
export async function listFirstItems(
  sql: Sql,
  accountId: string,
  attemptIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await sql.query<{ attempt_id: string; first: StoredText | null }>(
    `select attempt_id, elements -> $3 -> 0 as first from attempt_state
     where account_id = $1 and attempt_id = any($2::uuid[]) and item_id = $4`,
    [accountId, attemptIds, FIRST_ITEM, COURSE_STATE_KEY],
  );
  return new Map(rows.flatMap((row) => (row.first === null ? [] : [[row.attempt_id, readText(row.first)]])));
}
