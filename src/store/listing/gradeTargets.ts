/** Where grades go, as it is listed; and one of them with its newest grades. */
import type { GradedRollup, GradeMessage } from "../../core/lti/grade.ts";
import type { Sql } from "../db.ts";
import { type Page, readPage } from "./page.ts";

export interface GradeTargetInList {
  readonly account_id: string;
  readonly id: string;
  readonly attempt_id: string;
  readonly learner_id: string;
  readonly course_id: string;
  readonly service: "ags" | "outcomes";
  /** Null in LTI 1.1. */
  readonly registration_id: string | null;
  /** Of the registration; null in LTI 1.1. */
  readonly platform_name: string | null;
  /** As the LMS calls the learner. */
  readonly user_id: string;
  readonly resource_link_id: string;
  readonly title: string;
  readonly line_item_url: string | null;
  readonly told: GradeMessage | null;
  readonly told_at: Date | null;
  readonly waiting: number;
  readonly given_up: number;
  /** Of the first that waits; null: none does, or it was not tried. */
  readonly last_problem: string | null;
  readonly next_try_at: Date | null;
  readonly created_at: Date;
}

const SELECT = `select grade_target.account_id, grade_target.id, grade_target.attempt_id, attempt.learner_id, attempt.course_id,
    service, grade_target.registration_id, lti_registration.name as platform_name, user_id, resource_link_id,
    grade_target.title, coalesce(line_item_url, case when service = 'outcomes' then outcome_url end) as line_item_url,
    told, told_at, coalesce(counted.waiting, 0) as waiting, coalesce(counted.given_up, 0) as given_up, first.last_problem,
    first.next_try_at, grade_target.created_at
  from grade_target
    join attempt on attempt.account_id = grade_target.account_id and attempt.id = grade_target.attempt_id
    left join lti_registration on lti_registration.id = grade_target.registration_id
    left join lateral (
      select count(*) filter (where status = 'waiting')::integer as waiting,
        count(*) filter (where status = 'given_up')::integer as given_up
      from grade where grade.account_id = grade_target.account_id and grade.target_id = grade_target.id) as counted on true
    left join lateral (
      select last_problem, next_try_at from grade
      where grade.account_id = grade_target.account_id and grade.target_id = grade_target.id and status = 'waiting'
      order by number limit 1) as first on true`;

export interface GradeTargetFilter {
  readonly attempt_id?: string | undefined;
  readonly learner_id?: string | undefined;
  readonly registration_id?: string | undefined;
  /** Whether something waits after a failed try, or was given up. */
  readonly troubled?: boolean | undefined;
}

/** By its newest, which names the state of the target. */
const IS_TROUBLED = `exists (select 1 from grade where grade.account_id = grade_target.account_id
  and grade.target_id = grade_target.id and (status = 'given_up' or (status = 'waiting' and tries > 0)))`;

export function pageOfGradeTargets(
  sql: Sql,
  accountId: string,
  filter: GradeTargetFilter,
  page: Page,
): Promise<GradeTargetInList[]> {
  return readPage<GradeTargetInList>(
    sql,
    {
      select: SELECT,
      account_id: accountId,
      where: [
        ["grade_target.attempt_id = ?", filter.attempt_id],
        ["attempt.learner_id = ?", filter.learner_id],
        ["grade_target.registration_id = ?", filter.registration_id],
        [`${filter.troubled ? "" : "not "}${IS_TROUBLED}`, filter.troubled],
      ],
      table: "grade_target",
    },
    page,
  );
}

export async function findListedGradeTarget(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<GradeTargetInList | undefined> {
  const rows = await sql.query<GradeTargetInList>(
    `${SELECT} where grade_target.account_id = $1 and grade_target.id = $2`,
    [accountId, id],
  );
  return rows[0];
}

export interface ListedGrade {
  readonly number: number;
  readonly occurred_at: Date;
  readonly rollup: GradedRollup;
  readonly status: "waiting" | "delivered" | "given_up" | "passed_over";
  readonly tries: number;
  readonly next_try_at: Date | null;
  readonly last_problem: string | null;
  readonly settled_at: Date | null;
}

/** The newest first. */
export function listGrades(
  sql: Sql,
  accountId: string,
  targetId: string,
  most: number,
): Promise<ListedGrade[]> {
  return sql.query<ListedGrade>(
    `select number, occurred_at, rollup, status, tries, next_try_at, last_problem, settled_at from grade
     where account_id = $1 and target_id = $2 order by number desc limit $3`,
    [accountId, targetId, most],
  );
}
