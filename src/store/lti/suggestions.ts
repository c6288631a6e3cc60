/** Learners who left every course of an LMS that they were in: whether to deactivate them is for people to say. */
import { LOCKED, type Sql } from "../db.ts";
import { type Page, readPage } from "../listing/page.ts";
import type { LtiContext } from "./members.ts";

/**
 * Whom of the course's learners to suggest: not there any more, nor in any other course that tells; without a launch since,
 * wherever from; and not decided on already. Who came back is no longer suggested.
 */
export async function suggestThoseWhoLeft(
  sql: Sql,
  context: LtiContext,
  newId: () => string,
  at: Date,
): Promise<number> {
  await sql.query(
    // In the order in which launches take them (`rememberLaunches.ts`).
    `update deactivation_suggestion set status = 'withdrawn', decided_at = $3
     from (select id from deactivation_suggestion
       where account_id = $1 and status = 'open' and learner_id in (
         select lti_member.learner_id from lti_member
           join learner on learner.account_id = lti_member.account_id and learner.id = lti_member.learner_id
         where lti_member.account_id = $1 and context_id = $2 and (left_at is null or deactivated_at is not null
           or exists (select 1 from launch where launch.account_id = $1
             and launch.learner_id = lti_member.learner_id and launch.opened_at > left_at)))
       order by learner_id ${LOCKED}) as back
     where deactivation_suggestion.account_id = $1 and deactivation_suggestion.id = back.id`,
    [context.account_id, context.id, at],
  );
  const left = await sql.query<{ learner_id: string; left_at: Date }>(
    `select learner_id, left_at from (
       select own.learner_id, max(every.left_at) as left_at, bool_and(every.left_at is not null) as is_gone
       from lti_member as own
         join lti_member as every on every.account_id = own.account_id and every.learner_id = own.learner_id
       where own.account_id = $1 and own.context_id = $2 and own.left_at is not null
       group by own.learner_id) as gone
     where is_gone
       and exists (select 1 from learner where learner.account_id = $1 and learner.id = learner_id
         and deactivated_at is null)
       and not exists (select 1 from launch where launch.account_id = $1 and launch.learner_id = gone.learner_id
         and launch.opened_at > gone.left_at)
       and not exists (select 1 from deactivation_suggestion as earlier where earlier.account_id = $1
         and earlier.learner_id = gone.learner_id and (earlier.status = 'open' or earlier.left_at >= gone.left_at))
     order by learner_id`,
    [context.account_id, context.id],
  );
  if (left.length === 0) return 0;
  const made = await sql.query(
    `insert into deactivation_suggestion (account_id, id, learner_id, status, left_at, suggested_at)
     select $1, id, learner_id, 'open', left_at, $3
     from jsonb_to_recordset($2::jsonb) as left_by (id uuid, learner_id uuid, left_at timestamptz)
     on conflict do nothing returning 1`,
    [context.account_id, JSON.stringify(left.map((one) => ({ ...one, id: newId() }))), at],
  );
  return made.length;
}

export type SuggestionStatus = "open" | "accepted" | "dismissed" | "withdrawn";

export interface Suggestion {
  readonly account_id: string;
  readonly id: string;
  readonly learner_id: string;
  readonly learner_name: string;
  readonly status: SuggestionStatus;
  readonly left_at: Date;
  readonly suggested_at: Date;
  readonly decided_at: Date | null;
  readonly decided_by: string | null;
  /** Titles of the courses that they were in, at most ten. */
  readonly contexts: readonly string[];
  readonly last_launch_at: Date | null;
}

const SELECT = `select suggestion.account_id, suggestion.id, suggestion.learner_id, learner.name as learner_name, status,
    suggestion.left_at, suggested_at, decided_at, decided_by,
    array(select lti_context.title from lti_member
      join lti_context on lti_context.account_id = lti_member.account_id and lti_context.id = lti_member.context_id
      where lti_member.account_id = suggestion.account_id and lti_member.learner_id = suggestion.learner_id
      order by lti_member.seen_at desc limit 10) as contexts,
    (select max(opened_at) from launch
      where launch.account_id = suggestion.account_id and launch.learner_id = suggestion.learner_id) as last_launch_at
  from deactivation_suggestion as suggestion
    join learner on learner.account_id = suggestion.account_id and learner.id = suggestion.learner_id`;

export function pageOfSuggestions(
  sql: Sql,
  accountId: string,
  filter: { readonly status?: SuggestionStatus | undefined; readonly learner_id?: string | undefined },
  page: Page,
): Promise<Suggestion[]> {
  return readPage<Suggestion>(
    sql,
    {
      select: SELECT,
      account_id: accountId,
      where: [
        ["suggestion.status = ?", filter.status],
        ["suggestion.learner_id = ?", filter.learner_id],
      ],
      table: "suggestion",
    },
    page,
  );
}

export async function findSuggestion(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<Suggestion | undefined> {
  const rows = await sql.query<Suggestion>(
    `${SELECT} where suggestion.account_id = $1 and suggestion.id = $2`,
    [accountId, id],
  );
  return rows[0];
}

export async function lockSuggestion(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<{ readonly status: SuggestionStatus; readonly learner_id: string } | undefined> {
  const rows = await sql.query<{ status: SuggestionStatus; learner_id: string }>(
    `select status, learner_id from deactivation_suggestion where account_id = $1 and id = $2 ${LOCKED}`,
    [accountId, id],
  );
  return rows[0];
}

/** Since they were found to have left: by a launch, wherever from, or because a course lists them again. */
export async function hasComeBack(sql: Sql, accountId: string, suggestionId: string): Promise<boolean> {
  const rows = await sql.query(
    `select 1 from deactivation_suggestion as suggestion where account_id = $1 and id = $2
       and (exists (select 1 from launch where launch.account_id = $1
           and launch.learner_id = suggestion.learner_id and launch.opened_at > suggestion.left_at)
         or exists (select 1 from lti_member where lti_member.account_id = $1
           and lti_member.learner_id = suggestion.learner_id and lti_member.left_at is null))`,
    [accountId, suggestionId],
  );
  return rows.length > 0;
}

export async function decideSuggestion(
  sql: Sql,
  accountId: string,
  id: string,
  decided: { readonly status: "accepted" | "dismissed"; readonly by: string; readonly at: Date },
): Promise<void> {
  await sql.query(
    `update deactivation_suggestion set status = $3, decided_at = $4, decided_by = $5
     where account_id = $1 and id = $2`,
    [accountId, id, decided.status, decided.at, decided.by],
  );
}
