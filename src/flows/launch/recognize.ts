/** Who is it? Finds or records the identity and its learner (RULES §6). */
import { isSameLearner, readIdentity } from "../../core/identity.ts";
import { findSpinOff, insertConnection } from "../../store/accounts.ts";
import type { Sql } from "../../store/db.ts";
import type { Door } from "../../store/doors.ts";
import {
  addIdentityOrigin,
  findIdentities,
  type IdentityKey,
  insertIdentity,
  insertLearner,
  type KnownIdentity,
  lockIdentityKey,
  setNameIfMissing,
} from "../../store/learners.ts";
import type { Context } from "../context.ts";
import type { Arrival } from "./arrival.ts";

export interface Recognized {
  readonly identity_id: string;
  readonly learner_id: string;
  readonly test: boolean;
  readonly deactivated: boolean;
}

/** Null where the LMS sent no usable id: `identity_missing`. */
export async function recognize(
  context: Context,
  sql: Sql,
  door: Door,
  arrival: Arrival,
  at: Date,
): Promise<Recognized | null> {
  const value = readIdentity(arrival.identity, door.placeholder_ids);
  if (value === null) return null;
  const key: IdentityKey = {
    account_id: door.account_id,
    connection_id: door.connection_id,
    namespace: arrival.namespace,
    value,
  };
  const known = chooseKnown(await findIdentities(sql, key, arrival.origin), key, arrival);
  if (known?.origin_known) {
    await fillInName(sql, door.account_id, known, arrival.name);
    return recognized(known);
  }
  await lockIdentityKey(sql, key);
  return recognizeFromNewOrigin(context, sql, door, key, arrival, at);
}

/** The identity that this launch is of, if any: on its own connection, or on the one spun off for this origin. */
function chooseKnown(found: KnownIdentity[], key: IdentityKey, arrival: Arrival): KnownIdentity | undefined {
  const onConnection = found.find((identity) => identity.connection_id === key.connection_id);
  if (onConnection?.origin_known) return onConnection;
  const onSpinOff = found.find((identity) => identity.connection_id !== key.connection_id);
  if (onSpinOff) return onSpinOff;
  return onConnection && isSameLearner(key.value, onConnection.name_sent, arrival.name)
    ? onConnection
    : undefined;
}

/** With the identity's key locked: an id seen for the first time, or for the first time from this origin. */
async function recognizeFromNewOrigin(
  context: Context,
  sql: Sql,
  door: Door,
  key: IdentityKey,
  arrival: Arrival,
  at: Date,
): Promise<Recognized> {
  const found = await findIdentities(sql, key, arrival.origin);
  const known = chooseKnown(found, key, arrival);
  if (known) {
    await addIdentityOrigin(sql, key.account_id, known.identity_id, arrival.origin, at);
    await fillInName(sql, door.account_id, known, arrival.name);
    return recognized(known);
  }
  const belongsElsewhere = found.length > 0;
  const connectionId = await connectionFor(context, sql, key, arrival.origin, belongsElsewhere, at);
  return recordNew(context, sql, { ...key, connection_id: connectionId }, arrival, at);
}

/**
 * Where a new identity is recorded: an origin that once brought another person's id has a connection of its own, *to
 * be confirmed* by an admin; from then on its new ids are recorded there.
 */
async function connectionFor(
  context: Context,
  sql: Sql,
  key: IdentityKey,
  origin: string,
  belongsElsewhere: boolean,
  at: Date,
): Promise<string> {
  const spinOff = await findSpinOff(sql, key.account_id, key.connection_id, origin);
  if (spinOff) return spinOff.id;
  if (!belongsElsewhere) return key.connection_id;
  await insertConnection(sql, {
    account_id: key.account_id,
    id: context.deps.newId(),
    name: `LMS at ${origin}`,
    placeholder_ids: [],
    spun_off_from: key.connection_id,
    spun_off_origin: origin,
    to_be_confirmed: true,
    created_at: at,
  });
  const made = await findSpinOff(sql, key.account_id, key.connection_id, origin);
  if (!made) throw new Error("A spun-off connection was neither made nor found");
  return made.id;
}

async function recordNew(
  context: Context,
  sql: Sql,
  key: IdentityKey,
  arrival: Arrival,
  at: Date,
): Promise<Recognized> {
  const learnerId = context.deps.newId();
  const identityId = context.deps.newId();
  await insertLearner(sql, {
    account_id: key.account_id,
    id: learnerId,
    name: arrival.name,
    test: false,
    deactivated_at: null,
    created_at: at,
  });
  await insertIdentity(sql, {
    ...key,
    id: identityId,
    learner_id: learnerId,
    name_sent: arrival.name,
    first_seen_at: at,
  });
  await addIdentityOrigin(sql, key.account_id, identityId, arrival.origin, at);
  return { identity_id: identityId, learner_id: learnerId, test: false, deactivated: false };
}

async function fillInName(sql: Sql, accountId: string, known: KnownIdentity, name: string): Promise<void> {
  if (known.name_sent === "" && name !== "")
    await setNameIfMissing(sql, accountId, known.identity_id, known.learner_id, name);
}

function recognized(known: KnownIdentity): Recognized {
  return {
    identity_id: known.identity_id,
    learner_id: known.learner_id,
    test: known.test,
    deactivated: known.deactivated_at !== null,
  };
}
