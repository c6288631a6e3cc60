/** The vendor's courses and bundles as they are listed; for an account, those that it has or could add. */
import type { ImportWarning } from "../../core/course.ts";
import type { Bundle } from "../courses.ts";
import type { Sql } from "../db.ts";
import type { Page } from "./page.ts";

export interface ListedCourse {
  readonly id: string;
  readonly title: string;
  readonly standard: string | null;
  readonly current_version_id: string | null;
  readonly current_version_number: number | null;
  readonly retired_at: Date | null;
  readonly assignment_days: number | null;
  readonly created_at: Date;
}

/** Whose courses: an account sees a part (RULES §7). */
export interface Viewpoint {
  readonly account_id: string;
  /** The kind under which the account's own administrators add courses. */
  readonly library_kind: string;
  readonly at: Date;
}

const COURSE = `select course.id, course.title, course_version.standard, current_version_id,
    course_version.number as current_version_number, retired_at, assignment_days, course.created_at
  from course left join course_version on course_version.id = current_version_id`;

const LICENSED = `exists (select 1 from license where license.account_id = $1 and (license.course_id = course.id
    or (license.course_id is null and (license.bundle_id is null or exists (select 1 from bundle_course
      where bundle_course.bundle_id = license.bundle_id and bundle_course.course_id = course.id)))))`;

const IN_LIBRARY = `(retired_at is null and current_version_id is not null
    and exists (select 1 from contract where contract.account_id = $1 and kind = $2
      and starts_at <= $3 and (ends_at is null or ends_at > $3))
    and not exists (select 1 from bundle_course join bundle on bundle.id = bundle_course.bundle_id
      where bundle_course.course_id = course.id and $2 = any(barred_kinds)))`;

/** The vendor, who has no account, sees all. */
const VISIBLE = `($1::uuid is null or ($2::text is not null and $3::timestamptz is not null
    and (${LICENSED} or ${IN_LIBRARY})))`;

function viewpointOf(viewpoint: Viewpoint | null): readonly unknown[] {
  return [viewpoint?.account_id ?? null, viewpoint?.library_kind ?? null, viewpoint?.at ?? null];
}

export function pageOfCourses(
  sql: Sql,
  viewpoint: Viewpoint | null,
  filter: { readonly title?: string | undefined; readonly retired?: boolean | undefined },
  { after, most }: Page,
): Promise<ListedCourse[]> {
  return sql.query<ListedCourse>(
    `${COURSE} where ${VISIBLE}
       and ($4::text is null or strpos(lower(course.title), lower($4)) > 0)
       and ($5::boolean is null or (retired_at is not null) = $5) and ($6::uuid is null or course.id < $6)
     order by course.id desc limit $7`,
    [...viewpointOf(viewpoint), filter.title ?? null, filter.retired ?? null, after, most],
  );
}

export async function findListedCourse(
  sql: Sql,
  viewpoint: Viewpoint | null,
  id: string,
): Promise<ListedCourse | undefined> {
  const rows = await sql.query<ListedCourse>(`${COURSE} where ${VISIBLE} and course.id = $4`, [
    ...viewpointOf(viewpoint),
    id,
  ]);
  return rows[0];
}

/** Those of `ids` that can be seen. */
export async function listVisibleCourses(
  sql: Sql,
  viewpoint: Viewpoint,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `select id from course where id = any($4::uuid[]) and ${VISIBLE}`,
    [...viewpointOf(viewpoint), ids],
  );
  return rows.map(({ id }) => id);
}

export interface ListedVersion {
  readonly id: string;
  readonly course_id: string;
  readonly number: number;
  readonly standard: string;
  readonly title: string;
  readonly warnings: readonly ImportWarning[];
  readonly file_count: number;
  readonly byte_count: number;
  readonly package_sha256: string | null;
  readonly imported_at: Date;
}

const VERSION = `select id, course_id, number, standard, structure ->> 'title' as title, warnings, file_count, byte_count,
    package_sha256, imported_at from course_version`;

export function pageOfVersions(sql: Sql, courseId: string, { after, most }: Page): Promise<ListedVersion[]> {
  return sql.query<ListedVersion>(
    `${VERSION} where course_id = $1
       and ($2::uuid is null or number < (select number from course_version where id = $2))
     order by number desc limit $3`,
    [courseId, after, most],
  );
}

export async function findListedVersion(
  sql: Sql,
  courseId: string,
  id: string,
): Promise<ListedVersion | undefined> {
  return (await sql.query<ListedVersion>(`${VERSION} where course_id = $1 and id = $2`, [courseId, id]))[0];
}

const BUNDLE_VISIBLE = `($1::uuid is null or exists (select 1 from license
    where license.account_id = $1 and license.bundle_id = bundle.id))`;

/** @param accountId An account sees the bundles that it has a license for; null: the vendor sees all. */
export function pageOfBundles(
  sql: Sql,
  accountId: string | null,
  filter: { readonly course_id?: string | undefined },
  { after, most }: Page,
): Promise<(Bundle & { course_ids: readonly string[] })[]> {
  return sql.query(
    `select id, name, barred_kinds, created_at,
       array(select course_id::text from bundle_course where bundle_id = bundle.id order by course_id) as course_ids
     from bundle where ${BUNDLE_VISIBLE}
       and ($2::uuid is null or exists (select 1 from bundle_course
         where bundle_id = bundle.id and course_id = $2))
       and ($3::uuid is null or id < $3)
     order by id desc limit $4`,
    [accountId, filter.course_id ?? null, after, most],
  );
}

export async function isBundleVisible(sql: Sql, accountId: string | null, id: string): Promise<boolean> {
  const rows = await sql.query(`select 1 from bundle where ${BUNDLE_VISIBLE} and id = $2`, [accountId, id]);
  return rows.length === 1;
}
