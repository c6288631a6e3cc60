/** What LMSs said of people beside their ids (RULES §6). */
import type { Sql } from "../db.ts";
import { hashOf, type IdentityKey } from "../learners.ts";

export const EVIDENCE_TYPES = ["name", "given_name", "family_name", "email", "sourcedid"] as const;
export type EvidenceType = (typeof EVIDENCE_TYPES)[number];

export interface SentEvidence {
  readonly type: EvidenceType;
  readonly value: string;
}

/** A platform that sends another e-mail with each launch fills no table: the first, and those used last. */
const MOST_VALUES = 10;

/** What is said of one person, as `addingEvidence` reads it. */
export function evidenceRow(key: Pick<IdentityKey, "namespace" | "value">, sent: readonly SentEvidence[]) {
  return {
    namespace: key.namespace,
    value_hash: hashOf(key.value),
    evidence: sent.map(({ type, value }) => ({ type, value, value_hash: hashOf(value) })),
  };
}

/** A type of which somebody has had as many values as are kept, before another was added. */
export interface FullEvidence {
  readonly account_id: string;
  readonly identity_id: string;
  readonly type: EvidenceType;
}

/** To be chosen from what `addingEvidence` returns. */
export const IS_FULL = `places >= ${MOST_VALUES}`;

/**
 * Adds what the LMS has not said of a person before, or turned back to; what it says anew with each launch is only looked at. A
 * part of a statement in which `asked` has `account_id`, `connection_id`, `namespace`, `value_hash`, `evidence` and `at`. What is
 * known of a person is found by its key: types are told apart by `is true`, or the index of values would look as good.
 * @param condition On which all of it depends.
 */
export function addingEvidence(condition: string): string {
  return `insert into identity_evidence as known (account_id, identity_id, type, value_hash, value, first_seen_at, current_since)
  select asked.account_id, identity.id, sent.type, sent.value_hash, sent.value, asked.at, asked.at
  from asked
  join identity on identity.account_id = asked.account_id and identity.connection_id = asked.connection_id
    and identity.namespace = asked.namespace and identity.value_hash = asked.value_hash
  cross join lateral (
    select jsonb_object_agg(before.type, before.value_hash order by current_since, first_seen_at) as value_hashes
    from identity_evidence as before
    where before.account_id = identity.account_id and before.identity_id = identity.id) as newest
  cross join jsonb_to_recordset(asked.evidence) as sent (type text, value text, value_hash text)
  where sent.value_hash is distinct from newest.value_hashes ->> sent.type
    and ${condition}
  order by asked.account_id, identity.id, sent.type
  on conflict (account_id, identity_id, type, value_hash) do update
    set current_since = greatest(known.current_since, excluded.current_since)
  returning account_id, identity_id, type, (
    select count(*) from identity_evidence as before
    where before.account_id = known.account_id and before.identity_id = known.identity_id
      and (before.type = known.type) is true) as places`;
}

const ADD_EVIDENCE = `with asked as materialized (
  select $1::uuid as account_id, $2::uuid as connection_id, asked.*, $4::timestamptz as at
  from jsonb_to_record($3::jsonb) as asked (namespace text, value_hash text, evidence jsonb)
), added as (
  ${addingEvidence("true")}
)
select account_id, identity_id, type from added where ${IS_FULL}`;

/** Of one person. One statement, and one more where a type has too many values. */
export async function addEvidence(
  sql: Sql,
  key: IdentityKey,
  sent: readonly SentEvidence[],
  at: Date,
): Promise<void> {
  const row = JSON.stringify(evidenceRow(key, sent));
  const full = await sql.query<FullEvidence>(ADD_EVIDENCE, [key.account_id, key.connection_id, row, at]);
  await trimEvidence(sql, full);
}

/** Of each, all but the first and the newest. */
export async function trimEvidence(sql: Sql, full: readonly FullEvidence[]): Promise<void> {
  for (const { account_id, identity_id, type } of full)
    await sql.query(
      `delete from identity_evidence as evidence using (
         select value_hash, row_number() over (order by current_since desc, first_seen_at desc) as place,
           row_number() over (order by first_seen_at, current_since) as came
         from identity_evidence where account_id = $1 and identity_id = $2 and type = $3) as listed
       where evidence.account_id = $1 and evidence.identity_id = $2 and evidence.type = $3
         and evidence.value_hash = listed.value_hash and listed.came > 1 and listed.place >= $4`,
      [account_id, identity_id, type, MOST_VALUES],
    );
}
