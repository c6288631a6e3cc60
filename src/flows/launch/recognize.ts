/** Who is it? Finds or records the identity and its learner (RULES §6). */
import { compareNames, isSameLearner, readIdentity } from "../../core/identity.ts";
import { type Connection, findSpinOff, insertConnection } from "../../store/accounts.ts";
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

/**
 * Null where the LMS sent no usable id: `identity_missing`. A launch from an origin that is refused leaves no trace here:
 * else whoever has the package could claim ids before their owners come. Nor does one too many: else a flood of made-up ids
 * would fill the database all the same.
 */
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
  if (arrival.too_many || isOriginRefused(door, arrival)) return known ? recognized(known) : null;
  if (known?.origin_known) {
    await fillInName(sql, door.account_id, known, arrival.name);
    return recognized(known);
  }
  await lockIdentityKey(sql, key);
  return recognizeFromNewOrigin(context, sql, door, key, arrival, at);
}

export function isOriginRefused(door: Pick<Door, "allowed_origins">, { origin }: Arrival): boolean {
  return door.allowed_origins.length > 0 && !door.allowed_origins.includes(origin);
}

/**
 * The identity that this launch is of, if any: on its own connection, or on the one spun off for this origin. Once there
 * is a spin-off, that nothing contradicts is not enough: the name must agree.
 */
function chooseKnown(
  found: readonly KnownIdentity[],
  key: IdentityKey,
  arrival: Arrival,
  spinOff?: Connection,
): KnownIdentity | undefined {
  const onConnection = found.find((identity) => identity.connection_id === key.connection_id);
  if (onConnection?.origin_known) return onConnection;
  const onSpinOff = found.find((identity) => identity.connection_id !== key.connection_id);
  if (onSpinOff || !onConnection) return onSpinOff;
  const { name_sent, launched } = onConnection;
  const isSame = spinOff
    ? compareNames(name_sent, arrival.name) === "agrees"
    : !launched || isSameLearner(key.value, name_sent, arrival.name);
  return isSame ? onConnection : undefined;
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
  const spinOff = await findSpinOff(sql, key.account_id, key.connection_id, arrival.origin);
  const found = await findIdentities(sql, key, arrival.origin);
  const known = chooseKnown(found, key, arrival, spinOff);
  if (known) {
    await addIdentityOrigin(sql, key.account_id, known.identity_id, arrival.origin, at);
    await fillInName(sql, door.account_id, known, arrival.name);
    return recognized(known);
  }
  const belongsElsewhere = found.length > 0;
  const own = spinOff ?? (belongsElsewhere ? await spinOffFor(context, sql, key, arrival.origin, at) : null);
  return recordNew(context, sql, { ...key, connection_id: own?.id ?? key.connection_id }, arrival, at);
}

/**
 * An origin that once brought another person's id has a connection of its own, *to be confirmed* by an admin; from then
 * on its new ids are recorded there.
 */
async function spinOffFor(
  context: Context,
  sql: Sql,
  key: IdentityKey,
  origin: string,
  at: Date,
): Promise<Connection> {
  await insertConnection(sql, {
    account_id: key.account_id,
    id: context.deps.newId(),
    name: `LMS at ${origin}`,
    placeholder_ids: [],
    allowed_origins: [],
    spun_off_from: key.connection_id,
    spun_off_origin: origin,
    to_be_confirmed: true,
    created_at: at,
  });
  const made = await findSpinOff(sql, key.account_id, key.connection_id, origin);
  if (!made) throw new Error("A spun-off connection was neither made nor found");
  return made;
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
