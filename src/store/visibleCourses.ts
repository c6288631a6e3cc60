/** Which courses an account may see: those it has a license for, and those that it could add to its library (RULES §7). */
import type { Sql } from "./db.ts";

/** @param libraryKind The kind under which the account's own administrators add courses. */
export async function listVisibleCourses(
  sql: Sql,
  accountId: string,
  courseIds: readonly string[],
  libraryKind: string,
  at: Date,
): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `select id from course where id = any($2::uuid[]) and current_version_id is not null and (
       exists (select 1 from license where license.account_id = $1 and (license.course_id = course.id
         or (license.course_id is null and (license.bundle_id is null or exists (select 1 from bundle_course
           where bundle_course.bundle_id = license.bundle_id and bundle_course.course_id = course.id)))))
       or (retired_at is null
         and exists (select 1 from contract where contract.account_id = $1 and kind = $3
           and starts_at <= $4 and (ends_at is null or ends_at > $4))
         and not exists (select 1 from bundle_course join bundle on bundle.id = bundle_course.bundle_id
           where bundle_course.course_id = course.id and $3 = any(barred_kinds))))`,
    [accountId, courseIds, libraryKind, at],
  );
  return rows.map(({ id }) => id);
}
