/** Subscription profiles (licenses) assigned to learners (RULES §3.5). */
import type { Sql } from "./db.ts";
import { LICENSE_HAS_COURSE } from "./licenseScope.ts";
import { type Page, readPage } from "./listing/page.ts";

export interface Assignment {
  readonly account_id: string;
  readonly id: string;
  readonly license_id: string;
  readonly learner_id: string;
  readonly starts_at: Date;
  readonly ends_at: Date;
  /** Null: by the learner's first launch. */
  readonly assigned_by: string | null;
}

const ASSIGNMENT = "account_id, id, license_id, learner_id, starts_at, ends_at, assigned_by";

export async function insertAssignment(sql: Sql, assignment: Assignment): Promise<void> {
  await sql.query(`insert into assignment (${ASSIGNMENT}) values ($1, $2, $3, $4, $5, $6, $7)`, [
    assignment.account_id,
    assignment.id,
    assignment.license_id,
    assignment.learner_id,
    assignment.starts_at,
    assignment.ends_at,
    assignment.assigned_by,
  ]);
}

export async function findAssignment(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<Assignment | undefined> {
  return (
    await sql.query<Assignment>(`select ${ASSIGNMENT} from assignment where account_id = $1 and id = $2`, [
      accountId,
      id,
    ])
  )[0];
}

/** The one that has not ended. The learner's row must be locked. */
export async function findRunningAssignment(
  sql: Sql,
  accountId: string,
  licenseId: string,
  learnerId: string,
  at: Date,
): Promise<Assignment | undefined> {
  return (
    await sql.query<Assignment>(
      `select ${ASSIGNMENT} from assignment
       where account_id = $1 and learner_id = $2 and license_id = $3 and ends_at > $4 order by starts_at limit 1`,
      [accountId, learnerId, licenseId, at],
    )
  )[0];
}

export interface AssignmentFilter {
  readonly license_id?: string | undefined;
  readonly learner_id?: string | undefined;
}

export function pageOfAssignments(
  sql: Sql,
  accountId: string,
  filter: AssignmentFilter,
  page: Page,
): Promise<Assignment[]> {
  return readPage<Assignment>(
    sql,
    {
      select: `select ${ASSIGNMENT} from assignment`,
      account_id: accountId,
      where: [
        ["license_id = ?", filter.license_id],
        ["learner_id = ?", filter.learner_id],
      ],
      table: "assignment",
    },
    page,
  );
}

/** A course as a license has it. */
export interface CourseOfLicense {
  readonly retired_at: Date | null;
  readonly assignment_days: number | null;
  readonly in_license: boolean;
}

export async function findCourseOfLicense(
  sql: Sql,
  accountId: string,
  licenseId: string,
  courseId: string,
): Promise<CourseOfLicense | undefined> {
  return (
    await sql.query<CourseOfLicense>(
      `select course.retired_at, course.assignment_days, ${LICENSE_HAS_COURSE} as in_license
       from license, course where license.account_id = $1 and license.id = $2 and course.id = $3`,
      [accountId, licenseId, courseId],
    )
  )[0];
}

/** Courses whose own duration is shorter than the profile's: each can be billed more than once in one subscription. */
export function listShorterCourses(
  sql: Sql,
  accountId: string,
  licenseIds: readonly string[],
): Promise<{ license_id: string; title: string; assignment_days: number }[]> {
  return sql.query(
    `select license.id as license_id, course.title, course.assignment_days
     from license join course on ${LICENSE_HAS_COURSE}
     where license.account_id = $1 and license.id = any($2::uuid[]) and course.retired_at is null
       and course.assignment_days < (license.terms ->> 'duration_days')::integer
     order by license.id, course.title, course.id`,
    [accountId, licenseIds],
  );
}

export interface DirectSeat {
  readonly account_id: string;
  readonly id: string;
  readonly license_id: string;
  readonly learner_id: string;
  readonly course_id: string;
  readonly starts_at: Date;
  readonly ends_at: Date | null;
}

/** Confirmed, without a launch so far. */
export async function insertDirectSeat(sql: Sql, seat: DirectSeat): Promise<void> {
  await sql.query(
    `insert into seat (account_id, id, license_id, learner_id, course_id, lot_id, status, launches, counted_launch_at,
       starts_at, ends_at, confirmed_at)
     values ($1, $2, $3, $4, $5, null, 'confirmed', 0, $6, $6, $7, $6)`,
    [
      seat.account_id,
      seat.id,
      seat.license_id,
      seat.learner_id,
      seat.course_id,
      seat.starts_at,
      seat.ends_at,
    ],
  );
}

/** The learner's seat for the course that has not ended. The learner's row must be locked. */
export async function findRunningSeat(
  sql: Sql,
  { account_id, license_id, learner_id, course_id }: Omit<DirectSeat, "id" | "starts_at" | "ends_at">,
  at: Date,
): Promise<{ id: string } | undefined> {
  return (
    await sql.query<{ id: string }>(
      `select id from seat where account_id = $1 and learner_id = $2 and license_id = $3 and course_id = $4
         and status <> 'released' and (ends_at is null or ends_at > $5) limit 1`,
      [account_id, learner_id, license_id, course_id, at],
    )
  )[0];
}
