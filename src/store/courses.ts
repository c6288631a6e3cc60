/** Courses, their versions, and bundles: the vendor's, shared by all accounts. */
import type { CourseStructure, ImportWarning } from "../core/course.ts";
import { LOCKED, type Sql } from "./db.ts";

export interface Course {
  readonly id: string;
  readonly title: string;
  /** Null until its first version was imported. */
  readonly current_version_id: string | null;
  readonly retired_at: Date | null;
  /** How long an assignment of it lasts (RULES §3.5); null: as long as the learner's subscription. */
  readonly assignment_days: number | null;
  readonly created_at: Date;
}

export interface CourseVersion {
  readonly id: string;
  readonly course_id: string;
  readonly number: number;
  readonly standard: string;
  readonly structure: CourseStructure;
  readonly warnings: readonly ImportWarning[];
  readonly file_count: number;
  readonly byte_count: number;
  readonly package_sha256: string | null;
  readonly imported_at: Date;
}

const COURSE = "id, title, current_version_id, retired_at, assignment_days, created_at";
const VERSION =
  "id, course_id, number, standard, structure, warnings, file_count, byte_count, package_sha256, imported_at";

export async function insertCourse(
  sql: Sql,
  course: Pick<Course, "id" | "title" | "created_at">,
): Promise<void> {
  await sql.query("insert into course (id, title, created_at) values ($1, $2, $3)", [
    course.id,
    course.title,
    course.created_at,
  ]);
}

export async function findCourse(sql: Sql, id: string, lock = false): Promise<Course | undefined> {
  return (
    await sql.query<Course>(`select ${COURSE} from course where id = $1 ${lock ? LOCKED : ""}`, [id])
  )[0];
}

export async function setRetired(sql: Sql, id: string, at: Date | null): Promise<void> {
  await sql.query("update course set retired_at = $2 where id = $1", [id, at]);
}

export async function setAssignmentDays(sql: Sql, id: string, days: number | null): Promise<void> {
  await sql.query("update course set assignment_days = $2 where id = $1", [id, days]);
}

/** Adds a version and makes it the one that new attempts begin on. The course's row must be locked. */
export async function insertVersion(sql: Sql, version: CourseVersion): Promise<void> {
  await sql.query(
    `insert into course_version (${VERSION}) values ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7, $8, $9, $10)`,
    [
      version.id,
      version.course_id,
      version.number,
      version.standard,
      JSON.stringify(version.structure),
      JSON.stringify(version.warnings),
      version.file_count,
      version.byte_count,
      version.package_sha256,
      version.imported_at,
    ],
  );
  await sql.query("update course set current_version_id = $2, title = $3 where id = $1", [
    version.course_id,
    version.id,
    version.structure.title,
  ]);
}

export function listVersions(sql: Sql, courseId: string): Promise<CourseVersion[]> {
  return sql.query<CourseVersion>(
    `select ${VERSION} from course_version where course_id = $1 order by number`,
    [courseId],
  );
}

/** Those of `ids` that are versions, of whatever course. */
export async function listKnownVersions(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    "select id::text from course_version where id::text = any($1::text[])",
    [ids],
  );
  return rows.map(({ id }) => id);
}

/** The structure of one version, as the player runs it: JSON. */
export async function findStructureText(sql: Sql, versionId: string): Promise<string | undefined> {
  const rows = await sql.query<{ structure: string }>(
    "select structure::text as structure from course_version where id = $1",
    [versionId],
  );
  return rows[0]?.structure;
}

export interface Bundle {
  readonly id: string;
  readonly name: string;
  readonly barred_kinds: readonly string[];
  readonly created_at: Date;
}

const BUNDLE = "id, name, barred_kinds, created_at";

export async function insertBundle(sql: Sql, bundle: Bundle): Promise<void> {
  await sql.query("insert into bundle (id, name, barred_kinds, created_at) values ($1, $2, $3, $4)", [
    bundle.id,
    bundle.name,
    bundle.barred_kinds,
    bundle.created_at,
  ]);
}

export async function findBundle(sql: Sql, id: string, lock = false): Promise<Bundle | undefined> {
  return (
    await sql.query<Bundle>(`select ${BUNDLE} from bundle where id = $1 ${lock ? LOCKED : ""}`, [id])
  )[0];
}

export async function updateBundle(sql: Sql, bundle: Bundle): Promise<void> {
  await sql.query("update bundle set name = $2, barred_kinds = $3 where id = $1", [
    bundle.id,
    bundle.name,
    bundle.barred_kinds,
  ]);
}

export async function listBundleCourses(sql: Sql, bundleId: string): Promise<string[]> {
  const rows = await sql.query<{ course_id: string }>(
    "select course_id from bundle_course where bundle_id = $1 order by course_id",
    [bundleId],
  );
  return rows.map(({ course_id }) => course_id);
}

/** The bundle's row must be locked. */
export async function setBundleCourses(
  sql: Sql,
  bundleId: string,
  courseIds: readonly string[],
): Promise<void> {
  await sql.query("delete from bundle_course where bundle_id = $1 and course_id <> all($2::uuid[])", [
    bundleId,
    courseIds,
  ]);
  await sql.query(
    `insert into bundle_course (bundle_id, course_id) select $1, unnest($2::uuid[]) on conflict do nothing`,
    [bundleId, courseIds],
  );
}

/** Those of `ids` that are no courses. */
export async function listUnknownCourses(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    "select given.id from unnest($1::uuid[]) as given (id) where not exists (select 1 from course where course.id = given.id)",
    [ids],
  );
  return rows.map(({ id }) => id);
}

export async function addToBundle(sql: Sql, bundleId: string, courseId: string): Promise<void> {
  await sql.query("insert into bundle_course (bundle_id, course_id) values ($1, $2) on conflict do nothing", [
    bundleId,
    courseId,
  ]);
}

/** The first bundle that bars a kind for a course (RULES §1 "bundle"). */
export async function findBarringBundle(
  sql: Sql,
  courseId: string,
  kind: string,
): Promise<{ name: string } | undefined> {
  return (
    await sql.query<{ name: string }>(
      `select bundle.name from bundle join bundle_course on bundle_id = bundle.id
       where course_id = $1 and $2 = any(barred_kinds) order by bundle.name limit 1`,
      [courseId, kind],
    )
  )[0];
}

/** The bundle itself, or the first other one with a course of it, where it bars a kind. */
export async function findBundleBarring(
  sql: Sql,
  bundleId: string,
  kind: string,
): Promise<{ name: string } | undefined> {
  return (
    await sql.query<{ name: string }>(
      `select bundle.name from bundle
       where $2 = any(barred_kinds) and (bundle.id = $1 or exists (
         select from bundle_course as own join bundle_course as other on other.course_id = own.course_id
         where own.bundle_id = $1 and other.bundle_id = bundle.id))
       order by bundle.id <> $1, bundle.name limit 1`,
      [bundleId, kind],
    )
  )[0];
}
