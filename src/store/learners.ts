/** Learners and the identities that LMSs send for them (RULES §6). */
import { hash } from "node:crypto";
import { LOCKED, Overtaken, type Sql } from "./db.ts";

export interface Learner {
  readonly account_id: string;
  readonly id: string;
  readonly name: string;
  readonly test: boolean;
  readonly deactivated_at: Date | null;
  readonly created_at: Date;
}

export interface IdentityKey {
  readonly account_id: string;
  readonly connection_id: string;
  readonly namespace: string;
  readonly value: string;
}

/** An identity with its learner, and whether it is known to come from the origin asked about. */
export interface KnownIdentity {
  readonly identity_id: string;
  readonly connection_id: string;
  readonly learner_id: string;
  readonly name_sent: string;
  readonly test: boolean;
  readonly deactivated_at: Date | null;
  readonly origin_known: boolean;
  /** False for one that was recorded ahead, such as a test identity: no launch has brought it yet. */
  readonly launched: boolean;
}

/** As identities are looked up by: an id can be longer than an index entry. */
export function hashOf(value: string): string {
  return hash("sha256", value, "hex");
}

/** The identity as it is known on the connection itself and on the spin-offs made of it for this origin. */
export function findIdentities(sql: Sql, key: IdentityKey, origin: string): Promise<KnownIdentity[]> {
  return sql.query<KnownIdentity>(
    `select identity.id as identity_id, identity.connection_id, learner.id as learner_id, identity.name_sent, learner.test,
       learner.deactivated_at,
       coalesce(first_origin = $5, false) or exists (select 1 from identity_origin
         where identity_origin.account_id = identity.account_id and identity_id = identity.id and origin = $5) as origin_known,
       first_origin is not null or exists (select 1 from identity_origin
         where identity_origin.account_id = identity.account_id and identity_id = identity.id) as launched
     from identity join learner on learner.account_id = identity.account_id and learner.id = identity.learner_id
     where identity.account_id = $1 and namespace = $3 and value_hash = $4 and (identity.connection_id = $2
       or identity.connection_id in (select id from connection
         where account_id = $1 and spun_off_from = $2 and spun_off_origin = $5))`,
    [key.account_id, key.connection_id, key.namespace, hashOf(key.value), origin],
  );
}

/** The identity on exactly this connection. */
export async function findIdentity(
  sql: Sql,
  key: IdentityKey,
): Promise<{ identity_id: string; learner_id: string; test: boolean } | undefined> {
  return (
    await sql.query<{ identity_id: string; learner_id: string; test: boolean }>(
      `select identity.id as identity_id, learner.id as learner_id, learner.test
       from identity join learner on learner.account_id = identity.account_id and learner.id = identity.learner_id
       where identity.account_id = $1 and connection_id = $2 and namespace = $3 and value_hash = $4`,
      [key.account_id, key.connection_id, key.namespace, hashOf(key.value)],
    )
  )[0];
}

export async function countTestLearners(sql: Sql, accountId: string): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    "select count(*)::integer as count from learner where account_id = $1 and test",
    [accountId],
  );
  return row?.count ?? 0;
}

export async function setTest(sql: Sql, accountId: string, learnerId: string): Promise<void> {
  await sql.query("update learner set test = true where account_id = $1 and id = $2", [accountId, learnerId]);
}

/** Lets launches that bring the same new identity at once come one after the other. */
export async function lockIdentityKey(sql: Sql, key: IdentityKey): Promise<void> {
  await sql.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
    `${key.account_id} ${key.connection_id} ${key.namespace} ${hashOf(key.value)}`,
  ]);
}

/** Serializes what changes a learner's seats or attempts; held until the transaction ends. */
export async function lockLearner(sql: Sql, accountId: string, learnerId: string): Promise<void> {
  await sql.query(`select 1 from learner where account_id = $1 and id = $2 ${LOCKED}`, [
    accountId,
    learnerId,
  ]);
}

/** The same for several, in an order that all who lock several keep. */
export async function lockLearners(
  sql: Sql,
  learners: readonly { readonly account_id: string; readonly learner_id: string }[],
): Promise<void> {
  if (learners.length === 0) return;
  await sql.query(
    `select 1 from learner join jsonb_to_recordset($1::jsonb) as asked (account_id uuid, learner_id uuid)
       on learner.account_id = asked.account_id and learner.id = asked.learner_id
     order by learner.id ${LOCKED} of learner`,
    [JSON.stringify(learners)],
  );
}

export async function insertLearner(sql: Sql, learner: Learner): Promise<void> {
  await sql.query(
    "insert into learner (account_id, id, name, test, deactivated_at, created_at) values ($1, $2, $3, $4, $5, $6)",
    [learner.account_id, learner.id, learner.name, learner.test, learner.deactivated_at, learner.created_at],
  );
}

/**
 * @param identity `first_origin`: where it is recorded as it comes, the origin that it comes from.
 * @throws Overtaken where a launch has just recorded it.
 */
export async function insertIdentity(
  sql: Sql,
  identity: IdentityKey & {
    id: string;
    learner_id: string;
    name_sent: string;
    first_seen_at: Date;
    first_origin: string | null;
  },
): Promise<void> {
  const rows = await sql.query(
    `insert into identity (account_id, id, connection_id, namespace, value, value_hash, learner_id, name_sent, first_seen_at,
       first_origin)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (account_id, connection_id, namespace, value_hash) do nothing returning id`,
    [
      identity.account_id,
      identity.id,
      identity.connection_id,
      identity.namespace,
      identity.value,
      hashOf(identity.value),
      identity.learner_id,
      identity.name_sent,
      identity.first_seen_at,
      identity.first_origin,
    ],
  );
  if (rows.length === 0) throw new Overtaken("The identity was recorded meanwhile");
}

/** One more that it was seen from. The first stands on the identity itself, but for those that were recorded before they came. */
export async function addIdentityOrigin(
  sql: Sql,
  accountId: string,
  identityId: string,
  origin: string,
  at: Date,
): Promise<void> {
  await sql.query(
    `insert into identity_origin (account_id, identity_id, origin, first_seen_at)
     select account_id, id, $3, $4 from identity
     where account_id = $1 and id = $2 and first_origin is distinct from $3
     on conflict do nothing`,
    [accountId, identityId, origin, at],
  );
}

/** Fills in a name that an LMS sends only later; a name once known is kept. */
export async function setNameIfMissing(
  sql: Sql,
  accountId: string,
  identityId: string,
  learnerId: string,
  name: string,
): Promise<void> {
  await sql.query("update identity set name_sent = $3 where account_id = $1 and id = $2 and name_sent = ''", [
    accountId,
    identityId,
    name,
  ]);
  await sql.query("update learner set name = $3 where account_id = $1 and id = $2 and name = ''", [
    accountId,
    learnerId,
    name,
  ]);
}

export async function findLearner(
  sql: Sql,
  accountId: string,
  learnerId: string,
): Promise<Learner | undefined> {
  return (
    await sql.query<Learner>(
      "select account_id, id, name, test, deactivated_at, created_at from learner where account_id = $1 and id = $2",
      [accountId, learnerId],
    )
  )[0];
}

export async function setDeactivated(
  sql: Sql,
  accountId: string,
  learnerId: string,
  at: Date | null,
): Promise<void> {
  await sql.query("update learner set deactivated_at = $3 where account_id = $1 and id = $2", [
    accountId,
    learnerId,
    at,
  ]);
}
