/** A learner who is named by somebody else than a launch: known already, or recorded ahead of their first one. */
import { Fault } from "../core/faults.ts";
import { readIdentity, SCORM_NAMESPACE } from "../core/identity.ts";
import { findConnection, listConnections } from "../store/accounts.ts";
import type { Sql } from "../store/db.ts";
import {
  findIdentity,
  findLearner,
  insertIdentity,
  insertLearner,
  type Learner,
  lockIdentityKey,
  lockLearner,
} from "../store/learners.ts";
import type { Context } from "./context.ts";

export type NamedLearner = { readonly learner_id: string } | NamedByLms;

export interface NamedByLms {
  /** Null: the account's first connection. */
  readonly connection_id: string | null;
  /** Of the id; `scorm`, if not given. */
  readonly namespace?: string;
  /** The id that the LMS sends for them. */
  readonly value: string;
  /** Of a learner who is not known yet; may be empty. */
  readonly name: string;
}

/**
 * With the learner's row locked, as for every change of their seats. An id that is not known is recorded as a new learner's:
 * their first launch with it finds them, wherever it comes from.
 * @throws Fault `not_found`, `body_invalid`.
 */
export async function lockNamedLearner(
  context: Context,
  sql: Sql,
  accountId: string,
  named: NamedLearner,
  at: Date,
): Promise<Learner> {
  const learnerId = "value" in named ? await learnerOf(context, sql, accountId, named, at) : named.learner_id;
  await lockLearner(sql, accountId, learnerId);
  const learner = await findLearner(sql, accountId, learnerId);
  if (!learner)
    throw new Fault("not_found", `learner_id: found none with the id ${learnerId} in this account.`);
  return learner;
}

async function learnerOf(
  context: Context,
  sql: Sql,
  account_id: string,
  { connection_id, namespace = SCORM_NAMESPACE, value: sent, name }: NamedByLms,
  at: Date,
): Promise<string> {
  const connection = await requireConnection(sql, account_id, connection_id);
  const value = readIdentity(sent, connection.placeholder_ids);
  if (value === null)
    throw new Fault("body_invalid", "value: expected an id that names a learner, not a placeholder.");
  const key = { account_id, connection_id: connection.id, namespace, value };
  await lockIdentityKey(sql, key);
  const known = await findIdentity(sql, key);
  if (known) return known.learner_id;
  const id = context.deps.newId();
  await insertLearner(sql, { account_id, id, name, test: false, deactivated_at: null, created_at: at });
  await insertIdentity(sql, {
    ...key,
    id: context.deps.newId(),
    learner_id: id,
    name_sent: name,
    first_seen_at: at,
    first_origin: null,
  });
  return id;
}

async function requireConnection(sql: Sql, accountId: string, connectionId: string | null) {
  const connection = connectionId
    ? await findConnection(sql, accountId, connectionId)
    : (await listConnections(sql, accountId))[0];
  if (!connection) throw new Fault("not_found", "connection_id: found no such one in this account.");
  return connection;
}
