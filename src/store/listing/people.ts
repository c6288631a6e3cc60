/** Learners and identities as they are listed and found. */
import type { Sql } from "../db.ts";
import type { Learner } from "../learners.ts";
import type { EvidenceType } from "../lti/evidence.ts";
import { type Page, readPage, startsWith } from "./page.ts";

const LEARNER = `learner.account_id, learner.id, learner.name, learner.test, learner.deactivated_at, learner.created_at,
  coalesce((select jsonb_agg(jsonb_build_object('id', identity.id, 'connection_id', identity.connection_id,
      'namespace', identity.namespace, 'value', identity.value) order by identity.id)
    from identity where identity.account_id = learner.account_id and identity.learner_id = learner.id),
    '[]') as identities`;

export interface LearnerInList extends Learner {
  readonly identities: readonly {
    readonly id: string;
    readonly connection_id: string;
    readonly namespace: string;
    readonly value: string;
  }[];
}

export interface LearnerFilter {
  /** How the name, or an id that an LMS sends, begins; without case. */
  readonly search?: string | undefined;
  readonly test?: boolean | undefined;
  readonly deactivated?: boolean | undefined;
}

/** By name, and by id. */
const MOST_FOUND = 1000;

export function pageOfLearners(
  sql: Sql,
  accountId: string,
  filter: LearnerFilter,
  page: Page,
): Promise<LearnerInList[]> {
  return readPage<LearnerInList>(
    sql,
    {
      select: `select ${LEARNER} from learner`,
      account_id: accountId,
      where: [
        [
          // A thousand of each at most, by their indexes: whoever finds more than that types another letter.
          `learner.id = any(array(
             (select id from learner where account_id = $1 and name <> '' and lower(name) like lower(?)
               order by lower(name) using ~<~ limit ${MOST_FOUND})
             union all
             (select learner_id from identity where account_id = $1 and lower("left"(value, 200)) like lower(?)
               order by lower("left"(value, 200)) using ~<~ limit ${MOST_FOUND})))`,
          filter.search === undefined ? undefined : startsWith(filter.search),
        ],
        [filter.test ? "learner.test" : "not learner.test", filter.test],
        [`learner.deactivated_at is ${filter.deactivated ? "not null" : "null"}`, filter.deactivated],
      ],
      table: "learner",
    },
    page,
  );
}

export async function findListedLearner(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<LearnerInList | undefined> {
  return (
    await sql.query<LearnerInList>(
      `select ${LEARNER} from learner where learner.account_id = $1 and learner.id = $2`,
      [accountId, id],
    )
  )[0];
}

export interface ListedIdentity {
  readonly account_id: string;
  readonly id: string;
  readonly connection_id: string;
  readonly namespace: string;
  readonly value: string;
  readonly learner_id: string;
  readonly name_sent: string;
  readonly test: boolean;
  /** Where launches with it came from. */
  readonly origins: readonly string[];
  /** What the LMS said of the person beside it: by type, what it says now first. */
  readonly evidence: readonly {
    readonly type: EvidenceType;
    readonly value: string;
    readonly first_seen_at: string;
    readonly current: boolean;
  }[];
  readonly first_seen_at: Date;
}

export interface IdentityFilter {
  readonly learner_id?: string | undefined;
  readonly connection_id?: string | undefined;
  /** Exactly as the LMS sends it. */
  readonly value?: string | undefined;
  readonly test?: boolean | undefined;
}

const IDENTITY = `select identity.account_id, identity.id, identity.connection_id, identity.namespace, identity.value,
    identity.learner_id, identity.name_sent, identity.first_seen_at, learner.test,
    array(select first_origin as origin where first_origin is not null
      union select origin from identity_origin where identity_origin.account_id = identity.account_id
        and identity_id = identity.id order by origin) as origins,
    coalesce((select jsonb_agg(jsonb_build_object('type', type, 'value', value, 'first_seen_at', first_seen_at,
        'current', place = 1) order by type, place)
      from (select type, value, first_seen_at,
          row_number() over (partition by type order by current_since desc, first_seen_at desc) as place
        from identity_evidence as evidence
        where evidence.account_id = identity.account_id and evidence.identity_id = identity.id) as said), '[]') as evidence
  from identity join learner on learner.account_id = identity.account_id and learner.id = identity.learner_id`;

export async function findListedIdentity(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<ListedIdentity | undefined> {
  const where = "where identity.account_id = $1 and identity.id = $2";
  return (await sql.query<ListedIdentity>(`${IDENTITY} ${where}`, [accountId, id]))[0];
}

export function pageOfIdentities(
  sql: Sql,
  accountId: string,
  filter: IdentityFilter,
  page: Page,
): Promise<ListedIdentity[]> {
  return readPage<ListedIdentity>(
    sql,
    {
      select: IDENTITY,
      account_id: accountId,
      where: [
        ["identity.learner_id = ?", filter.learner_id],
        ["identity.connection_id = ?", filter.connection_id],
        [
          `lower("left"(identity.value, 200)) = lower("left"(?::text, 200)) and identity.value = ?`,
          filter.value,
        ],
        [filter.test ? "learner.test" : "not learner.test", filter.test],
      ],
      table: "identity",
    },
    page,
  );
}
