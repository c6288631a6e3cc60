/**
 * WHAT LAUNCHES OVER LTI LEAVE beside themselves, for any number of them in one statement: where the grades go, what the LMS said
 * of who came, and which of its courses they came from. Most that come leave nothing new: what is known already is looked at first,
 * for even where it changes nothing `on conflict` locks the row, and all who launch from one course would wait for one another,
 * and for the disk.
 */
import type { Sql } from "../db.ts";
import { FEW_ROWS } from "../quick.ts";
import {
  addingEvidence,
  evidenceRow,
  type FullEvidence,
  IS_FULL,
  type SentEvidence,
  trimEvidence,
} from "./evidence.ts";
import { type GradeTarget, SETTLED_SECONDS } from "./gradeOutbox.ts";

export interface LaunchToRemember {
  readonly account_id: string;
  readonly connection_id: string;
  /** Of LTI 1.3; null in 1.1. */
  readonly registration_id: string | null;
  readonly attempt_id: string;
  readonly learner_id: string;
  readonly at: Date;
  /** Null: the platform takes no grades. */
  readonly grade_target: GradeTargetOfLaunch | null;
  /** Null: it says nothing of the person. Of whom nobody knows, nothing is kept. */
  readonly evidence: EvidenceOfLaunch | null;
  /** Null: the platform does not tell who is in it. */
  readonly context: ContextOfLaunch | null;
}

export type GradeTargetOfLaunch = Omit<
  GradeTarget,
  "account_id" | "attempt_id" | "registration_id" | "created_at"
>;

export interface EvidenceOfLaunch {
  readonly namespace: string;
  readonly value: string;
  readonly sent: readonly SentEvidence[];
}

export interface ContextOfLaunch {
  readonly id: string;
  /** SHA-256, hexadecimal, of its id in the LMS. */
  readonly context_hash: string;
  readonly title: string;
  readonly memberships_url: string;
}

const COLUMNS = `position integer, account_id uuid, connection_id uuid, registration_id uuid, attempt_id uuid, learner_id uuid,
    at timestamptz, target_id uuid, target_hash text, service text, consumer_key text, user_id text, resource_link_id text,
    title text, line_item_url text, line_items_url text, scopes text[], outcome_url text, result_sourcedid text,
    namespace text, value_hash text, evidence jsonb,
    context_id uuid, context_hash text, context_title text, memberships_url text`;

/**
 * A line item that was found or made stays known where the platform does not name one. A new target is looked at once a save that
 * was under way must have ended; at once, where the attempt has come to something before.
 */
const REMEMBER_TARGETS = `insert into grade_target as known (account_id, id, attempt_id, target_hash, service, registration_id,
    consumer_key, user_id, resource_link_id, title, line_item_url, line_items_url, scopes, outcome_url, result_sourcedid, created_at, due_at)
  select account_id, target_id, attempt_id, target_hash, service, registration_id, consumer_key, user_id, resource_link_id,
    title, line_item_url, line_items_url, scopes, outcome_url, result_sourcedid, at,
    at + case when (select saved_at from attempt where attempt.account_id = asked.account_id and attempt.id = asked.attempt_id)
      is null then interval '${SETTLED_SECONDS} seconds' else interval '0' end
  from asked
  where target_id is not null and not exists (
    select from grade_target as same
    where same.account_id = asked.account_id and same.attempt_id = asked.attempt_id and same.target_hash = asked.target_hash
      and (same.title, same.line_item_url, same.line_items_url, same.scopes, same.outcome_url, same.result_sourcedid)
        is not distinct from (asked.title, coalesce(asked.line_item_url, same.line_item_url), asked.line_items_url,
          asked.scopes, asked.outcome_url, asked.result_sourcedid))
  order by account_id, attempt_id, target_hash
  on conflict (account_id, attempt_id, target_hash) do update set
    title = excluded.title, line_item_url = coalesce(excluded.line_item_url, known.line_item_url),
    line_items_url = excluded.line_items_url, scopes = excluded.scopes, outcome_url = excluded.outcome_url,
    result_sourcedid = excluded.result_sourcedid
  where (known.title, known.line_item_url, known.line_items_url, known.scopes, known.outcome_url, known.result_sourcedid)
    is distinct from (excluded.title, coalesce(excluded.line_item_url, known.line_item_url), excluded.line_items_url,
      excluded.scopes, excluded.outcome_url, excluded.result_sourcedid)
  returning 1`;

/** Once each, as the newest of its launches says; times are kept to the day. */
const rememberContexts = (
  condition: string,
) => `insert into lti_context as known (account_id, id, connection_id,
    registration_id, context_hash, title, memberships_url, seen_at, due_at)
  select distinct on (account_id, registration_id, context_hash) account_id, context_id, connection_id, registration_id,
    context_hash, context_title, memberships_url, at, at
  from asked
  where context_id is not null and not exists (
    select from lti_context as same
    where same.account_id = asked.account_id and same.registration_id = asked.registration_id
      and same.context_hash = asked.context_hash
      and (same.connection_id, same.title, same.memberships_url)
        is not distinct from (asked.connection_id, asked.context_title, asked.memberships_url)
      and same.seen_at >= asked.at - interval '1 day' and same.due_at is not null)
    and ${condition}
  order by account_id, registration_id, context_hash, at desc, position desc
  on conflict (account_id, registration_id, context_hash) do update set
    connection_id = excluded.connection_id, title = excluded.title, memberships_url = excluded.memberships_url,
    seen_at = excluded.seen_at, due_at = coalesce(known.due_at, excluded.due_at)
  where (known.connection_id, known.title, known.memberships_url)
      is distinct from (excluded.connection_id, excluded.title, excluded.memberships_url)
    or known.seen_at < excluded.seen_at - interval '1 day' or known.due_at is null
  returning account_id, registration_id, context_hash, id`;

/** Whoever launches has not left. */
const rememberMembers = (
  condition: string,
) => `insert into lti_member as known (account_id, context_id, learner_id, seen_at)
  select account_id, context_id, learner_id, at
  from (
    select asked.account_id, coalesce(changed.id, lti_context.id) as context_id, asked.learner_id, asked.at
    from asked
    left join context_remembered as changed on changed.account_id = asked.account_id
      and changed.registration_id = asked.registration_id and changed.context_hash = asked.context_hash
    left join lti_context on lti_context.account_id = asked.account_id
      and lti_context.registration_id = asked.registration_id and lti_context.context_hash = asked.context_hash) as came
  -- Null: another launch is recording it just now; the next one, or a reading, says that the learner is there.
  where context_id is not null and not exists (
    select from lti_member as same
    where same.account_id = came.account_id and same.context_id = came.context_id and same.learner_id = came.learner_id
      and same.left_at is null and same.seen_at >= came.at - interval '1 day')
    and ${condition}
  order by account_id, context_id, learner_id
  on conflict (account_id, context_id, learner_id) do update set left_at = null, seen_at = excluded.seen_at
  where known.left_at is not null or known.seen_at < excluded.seen_at - interval '1 day'
  returning 1`;

const withdrawSuggestions = (
  condition: string,
) => `update deactivation_suggestion set status = 'withdrawn', decided_at = came.at
  from (select account_id, learner_id, at from asked where context_id is not null and ${condition}
    order by account_id, learner_id) as came
  where deactivation_suggestion.account_id = came.account_id and deactivation_suggestion.learner_id = came.learner_id
    and deactivation_suggestion.status = 'open'`;

const endOf = (part: string) => `(select count(*) from ${part}) >= 0`;

/**
 * Two processes that remember the same people at once never wait for each other both, since all take rows in one order: every
 * part takes its own in the order of their keys, and by its condition not one before the part ahead of it has run to its end; left alone,
 * the database would run the parts as it likes. (A condition on no column is looked at before any row, also where there is
 * none.) So do those who read lists of members: members in the order of their keys, then suggestions (`members.ts`, `suggestions.ts`).
 * A save that grades and a trimming of evidence take several rows in no order, but all of one attempt or one person, of whom there is
 * one launch in the list.
 */
const REMEMBER_LAUNCHES = `/* remember launches */
with asked as materialized (
  select * from jsonb_to_recordset($1::jsonb) as asked (${COLUMNS})
  where ${FEW_ROWS}
), target_remembered as (
  ${REMEMBER_TARGETS}
), evidence_remembered as (
  ${addingEvidence(endOf("target_remembered"))}
), context_remembered as (
  ${rememberContexts(endOf("evidence_remembered"))}
), member_remembered as (
  ${rememberMembers(endOf("context_remembered"))}
), suggestion_withdrawn as (
  ${withdrawSuggestions(endOf("member_remembered"))}
)
select asked.position, attempt.saved_at, evidence.full
from (
  select json_agg(json_build_object('account_id', account_id, 'identity_id', identity_id, 'type', type)) as full
  from evidence_remembered where ${IS_FULL}) as evidence
cross join asked
join attempt on attempt.account_id = asked.account_id and attempt.id = asked.attempt_id`;

interface Row {
  readonly position: number;
  readonly saved_at: Date | null;
  /** Of them all. */
  readonly full: readonly FullEvidence[] | null;
}

/**
 * One statement, and one more for each type of evidence that has too many values.
 * @param launches No two of one attempt, learner or identity.
 * @returns When something of each attempt was last saved, in their order; undefined where there is no such attempt.
 */
export async function rememberLaunches(
  sql: Sql,
  launches: readonly LaunchToRemember[],
): Promise<(Date | null | undefined)[]> {
  const rows = await sql.query<Row>(REMEMBER_LAUNCHES, [JSON.stringify(launches.map(rowOf))]);
  await trimEvidence(sql, rows[0]?.full ?? []);
  const savedAt = new Map(rows.map(({ position, saved_at }) => [position, saved_at]));
  return launches.map((_, position) => savedAt.get(position));
}

/** As the statement reads it: one level, every row of one shape (`launching/writeLaunches.ts`). */
function rowOf(launch: LaunchToRemember, position: number) {
  const { grade_target: target, context } = launch;
  const evidence = launch.evidence && evidenceRow(launch.evidence, launch.evidence.sent);
  return {
    position,
    account_id: launch.account_id,
    connection_id: launch.connection_id,
    registration_id: launch.registration_id,
    attempt_id: launch.attempt_id,
    learner_id: launch.learner_id,
    at: launch.at,
    target_id: target?.id,
    target_hash: target?.target_hash,
    service: target?.service,
    consumer_key: target?.consumer_key,
    user_id: target?.user_id,
    resource_link_id: target?.resource_link_id,
    title: target?.title,
    line_item_url: target?.line_item_url,
    line_items_url: target?.line_items_url,
    scopes: target?.scopes,
    outcome_url: target?.outcome_url,
    result_sourcedid: target?.result_sourcedid,
    namespace: evidence?.namespace,
    value_hash: evidence?.value_hash,
    evidence: evidence?.evidence,
    context_id: context?.id,
    context_hash: context?.context_hash,
    context_title: context?.title,
    memberships_url: context?.memberships_url,
  };
}
