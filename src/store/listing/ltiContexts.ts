/** Courses of LMSs that tell who is in them, as they are listed. */
import type { Sql } from "../db.ts";
import { type Page, readPage } from "./page.ts";

export interface LtiContextInList {
  readonly account_id: string;
  readonly id: string;
  readonly connection_id: string;
  readonly registration_id: string;
  readonly title: string;
  readonly seen_at: Date;
  readonly due_at: Date | null;
  readonly read_at: Date | null;
  readonly members: number | null;
  /** Learners of the gateway who are in it, and who left it. */
  readonly learners: number;
  readonly learners_left: number;
  readonly last_problem: string | null;
}

const SELECT = `select lti_context.account_id, id, connection_id, registration_id, title, seen_at, due_at, read_at, members,
    last_problem, counted.learners, counted.learners_left
  from lti_context cross join lateral (
    select count(*) filter (where left_at is null)::integer as learners, count(left_at)::integer as learners_left
    from lti_member where lti_member.account_id = lti_context.account_id and context_id = lti_context.id) as counted`;

export function pageOfLtiContexts(
  sql: Sql,
  accountId: string,
  filter: { readonly connection_id?: string | undefined; readonly registration_id?: string | undefined },
  page: Page,
): Promise<LtiContextInList[]> {
  return readPage<LtiContextInList>(
    sql,
    {
      select: SELECT,
      account_id: accountId,
      where: [
        ["connection_id = ?", filter.connection_id],
        ["registration_id = ?", filter.registration_id],
      ],
      table: "lti_context",
    },
    page,
  );
}

export async function findLtiContext(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<LtiContextInList | undefined> {
  const rows = await sql.query<LtiContextInList>(
    `${SELECT} where lti_context.account_id = $1 and lti_context.id = $2`,
    [accountId, id],
  );
  return rows[0];
}
