/** Courses, their versions, and bundles: the vendor's, shared by all accounts. */
import type { CourseStructure, ImportWarning } from "../core/course.ts";
import type { Sql } from "./db.ts";

export interface Course {
  readonly id: string;
  readonly title: string;
  /** Null until its first version was imported. */
  readonly current_version_id: string | null;
  readonly retired_at: Date | null;
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

const COURSE = "id, title, current_version_id, retired_at, created_at";
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
    await sql.query<Course>(`select ${COURSE} from course where id = $1 ${lock ? "for update" : ""}`, [id])
  )[0];
}

export function listCourses(sql: Sql): Promise<Course[]> {
  return sql.query<Course>(`select ${COURSE} from course order by title, id`);
}

export async function retireCourse(sql: Sql, id: string, at: Date): Promise<void> {
  await sql.query("update course set retired_at = coalesce(retired_at, $2) where id = $1", [id, at]);
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

/** The structure of one version, as the player runs it. */
export async function findStructure(sql: Sql, versionId: string): Promise<CourseStructure | undefined> {
  const rows = await sql.query<{ structure: CourseStructure }>(
    "select structure from course_version where id = $1",
    [versionId],
  );
  return rows[0]?.structure;
}

export async function insertBundle(
  sql: Sql,
  bundle: { id: string; name: string; barred_kinds: readonly string[]; created_at: Date },
): Promise<void> {
  await sql.query("insert into bundle (id, name, barred_kinds, created_at) values ($1, $2, $3, $4)", [
    bundle.id,
    bundle.name,
    bundle.barred_kinds,
    bundle.created_at,
  ]);
}

export async function findBundle(sql: Sql, id: string): Promise<{ id: string; name: string } | undefined> {
  return (
    await sql.query<{ id: string; name: string }>("select id, name from bundle where id = $1", [id])
  )[0];
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
