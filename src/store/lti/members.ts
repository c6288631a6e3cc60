/** Courses of LMSs that tell who is in them (Names and Roles 2.0), and which learners are, or were. */
import { LOCKED, type Sql } from "../db.ts";

export interface LtiContext {
  readonly account_id: string;
  readonly id: string;
  readonly connection_id: string;
  readonly registration_id: string;
  readonly title: string;
  readonly memberships_url: string;
  /** Of the last launch, to the day. */
  readonly seen_at: Date;
}

const CONTEXT = `lti_context.account_id, lti_context.id, connection_id, registration_id, title, memberships_url, seen_at`;

/** Takes some that are due and that nobody is reading. */
export function claimContexts(sql: Sql, at: Date, until: Date, most: number): Promise<LtiContext[]> {
  return sql.query<LtiContext>(
    `update lti_context set claimed_until = $2
     from (select account_id, id from lti_context where due_at <= $1 and (claimed_until is null or claimed_until <= $1)
       order by due_at limit $3 ${LOCKED} skip locked) as due
     where lti_context.account_id = due.account_id and lti_context.id = due.id
     returning ${CONTEXT}`,
    [at, until, most],
  );
}

export interface ReadMember {
  /** SHA-256, hexadecimal, of its id: as identities are found by. */
  readonly value_hash: string;
  readonly is_active: boolean;
}

/** A member that is a learner here. */
export interface KnownMember {
  readonly identity_id: string;
  readonly learner_id: string;
  readonly value_hash: string;
  readonly has_name: boolean;
}

/** Notes which learners a page of the list names; who is no learner here is of no interest. */
export function noteMembers(
  sql: Sql,
  context: LtiContext,
  namespace: string,
  members: readonly ReadMember[],
  at: Date,
): Promise<KnownMember[]> {
  return sql.query<KnownMember>(
    `with listed as materialized (
       select identity.id as identity_id, identity.learner_id, identity.value_hash, member.is_active,
         learner.name <> '' and identity.name_sent <> '' as has_name
       from jsonb_to_recordset($5::jsonb) as member (value_hash text, is_active boolean)
         join identity on identity.account_id = $1 and identity.connection_id = $2 and identity.namespace = $3
           and identity.value_hash = member.value_hash
         join learner on learner.account_id = identity.account_id and learner.id = identity.learner_id
     ), noted as (
       insert into lti_member as known (account_id, context_id, learner_id, left_at, seen_at)
       select $1, $4, learner_id, case when bool_or(is_active) then null else $6::timestamptz end, $6 from listed
       group by learner_id order by learner_id
       on conflict (account_id, context_id, learner_id) do update set seen_at = excluded.seen_at,
         left_at = case when excluded.left_at is null then null else coalesce(known.left_at, excluded.left_at) end
     )
     select identity_id, learner_id, value_hash, has_name from listed`,
    [context.account_id, context.connection_id, namespace, context.id, JSON.stringify(members), at],
  );
}

/** Whom a list that was read to its end did not name. In the order in which launches take them (`rememberLaunches.ts`). */
export async function noteMissing(sql: Sql, context: LtiContext, readAt: Date): Promise<void> {
  await sql.query(
    `update lti_member set left_at = $3
     from (select learner_id from lti_member
       where account_id = $1 and context_id = $2 and left_at is null and seen_at < $3
       order by learner_id ${LOCKED}) as missing
     where lti_member.account_id = $1 and lti_member.context_id = $2 and lti_member.learner_id = missing.learner_id`,
    [context.account_id, context.id, readAt],
  );
}

export interface Reading {
  readonly read_at: Date | null;
  readonly members: number | null;
  readonly problem: string | null;
  /** Null: not any more. */
  readonly due_at: Date | null;
}

/** A reading that failed leaves what the last one brought. */
export async function endReading(sql: Sql, context: LtiContext, reading: Reading): Promise<void> {
  await sql.query(
    `update lti_context set claimed_until = null, read_at = coalesce($3, read_at), members = coalesce($4, members),
       last_problem = $5, due_at = $6
     where account_id = $1 and id = $2`,
    [context.account_id, context.id, reading.read_at, reading.members, reading.problem, reading.due_at],
  );
}

export async function makeContextDue(sql: Sql, accountId: string, id: string, at: Date): Promise<boolean> {
  const rows = await sql.query(
    "update lti_context set due_at = $3 where account_id = $1 and id = $2 returning 1",
    [accountId, id, at],
  );
  return rows.length > 0;
}
