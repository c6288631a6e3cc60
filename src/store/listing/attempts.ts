/** Attempts as they are listed, and one of them with its activities. */
import type { CourseStructure } from "../../core/course.ts";
import type { ListedAttempt } from "../attempts.ts";
import type { Sql } from "../db.ts";
import { type Page, readPage } from "./page.ts";

const ATTEMPT = `attempt.account_id, attempt.id, attempt.license_id, attempt.course_id, attempt.learner_id,
  attempt.course_version_id, attempt.number, attempt.launches, attempt.rollup, attempt.saved_at, attempt.started_at,
  attempt.ended_at, attempt.ended_reason`;

export interface AttemptInList extends ListedAttempt {
  readonly account_id: string;
}

export interface AttemptFilter {
  readonly license_id?: string | undefined;
  readonly learner_id?: string | undefined;
  readonly course_id?: string | undefined;
  /** Whether it has ended. */
  readonly ended?: boolean | undefined;
}

export function pageOfAttempts(
  sql: Sql,
  accountId: string,
  filter: AttemptFilter,
  page: Page,
): Promise<AttemptInList[]> {
  return readPage<AttemptInList>(
    sql,
    {
      select: `select ${ATTEMPT} from attempt`,
      account_id: accountId,
      where: [
        ["attempt.license_id = ?", filter.license_id],
        ["attempt.learner_id = ?", filter.learner_id],
        ["attempt.course_id = ?", filter.course_id],
        [`attempt.ended_at is ${filter.ended ? "not null" : "null"}`, filter.ended],
      ],
      table: "attempt",
    },
    page,
  );
}

export async function findListedAttempt(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<(AttemptInList & { structure: CourseStructure }) | undefined> {
  const rows = await sql.query<AttemptInList & { structure: CourseStructure }>(
    `select ${ATTEMPT}, course_version.structure from attempt
     join course_version on course_version.id = attempt.course_version_id
     where attempt.account_id = $1 and attempt.id = $2`,
    [accountId, id],
  );
  return rows[0];
}
