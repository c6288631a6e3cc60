/** Who is it? Whose identity a launch is of, by what was read; and records what needs care (RULES §6). */
import { compareNames, isSameLearner, readIdentity } from "../../core/identity.ts";
import { type Connection, findSpinOff, insertConnection } from "../../store/accounts.ts";
import type { Sql } from "../../store/db.ts";
import type { Door } from "../../store/doors.ts";
import type { FoundArrival, KnownArrival } from "../../store/launching/readArrivals.ts";
import {
  addIdentityOrigin,
  findIdentities,
  type IdentityKey,
  insertIdentity,
  insertLearner,
  lockIdentityKey,
} from "../../store/learners.ts";
import type { Context } from "../context.ts";
import type { Arrival } from "./arrival.ts";
import type { Standing } from "./newcomers.ts";

export type Recognition =
  /**
   * The LMS sent no usable id (`identity_missing`); or a new one with a launch that is refused before anything is asked
   * about its learner. That leaves no trace here: else whoever has the package could claim ids before their owners come,
   * and a flood of made-up ids would fill the database.
   */
  | { readonly type: "nobody" }
  | { readonly type: "known"; readonly person: KnownArrival }
  /** Seen for the first time: recorded with its launch. */
  | {
      readonly type: "new";
      readonly connection_id: string;
      readonly value: string;
      readonly standing: Standing;
    }
  /** Seen for the first time, and perhaps a test identity: `settleNewcomer`, then look again. */
  | { readonly type: "unsettled_newcomer"; readonly key: IdentityKey }
  /** A known id from an origin not yet seen for it: `settleIdentity`, then look again. */
  | { readonly type: "unsettled"; readonly key: IdentityKey };

/** @param standing Of a newcomer, once it is settled; null before. */
export function recognize(
  { door, spin_off_id, known }: FoundArrival,
  arrival: Arrival,
  standing: Standing | null = null,
): Recognition {
  const value = readIdentity(arrival.identity, door.placeholder_ids);
  if (value === null) return { type: "nobody" };
  if (arrival.proved_connection_id !== null)
    return recognizeProved({ door, known }, arrival, arrival.proved_connection_id, value, standing);
  const person = chooseKnown(known, door.connection_id, value, arrival);
  if (person?.origin_known) return { type: "known", person };
  if (arrival.too_many || isOriginRefused(door, arrival))
    return person ? { type: "known", person } : { type: "nobody" };
  if (known.length === 0)
    return { type: "new", connection_id: spin_off_id ?? door.connection_id, value, standing: "ordinary" };
  const { account_id, connection_id } = door;
  return { type: "unsettled", key: { account_id, connection_id, namespace: arrival.namespace, value } };
}

/** Nobody else can send ids of a connection whose messages are signed: wherever it says it is, it is the same LMS. */
function recognizeProved(
  { door: { account_id }, known }: Pick<FoundArrival, "door" | "known">,
  { too_many, namespace, test_candidate }: Arrival,
  connection_id: string,
  value: string,
  standing: Standing | null,
): Recognition {
  const person = known.find((one) => one.connection_id === connection_id);
  if (person) return { type: "known", person };
  if (too_many) return { type: "nobody" };
  if (test_candidate && standing === null)
    return { type: "unsettled_newcomer", key: { account_id, connection_id, namespace, value } };
  return { type: "new", connection_id, value, standing: standing ?? "ordinary" };
}

/** The id as it is looked up, whatever the placeholders of its connection: `readIdentity` makes the same of it. */
export function identityAskedFor({ identity }: Arrival): string {
  return readIdentity(identity, []) ?? "";
}

export function isOriginRefused(
  door: Pick<Door, "origins_mode" | "allowed_origins" | "refused_origins">,
  { origin, proved_connection_id }: Pick<Arrival, "origin" | "proved_connection_id">,
): boolean {
  if (proved_connection_id !== null) return false;
  if (door.refused_origins.includes(origin)) return true;
  return door.origins_mode === "confirmed" && !door.allowed_origins.includes(origin);
}

/** What is asked about an identity before it is taken for a launch's. */
type Candidate = Pick<
  KnownArrival,
  "identity_id" | "connection_id" | "name_sent" | "origin_known" | "launched"
>;

/**
 * The identity that this launch is of, if any: on its own connection, or on the one spun off for this origin. Once there
 * is a spin-off, that nothing contradicts is not enough: the name must agree.
 */
function chooseKnown<Known extends Candidate>(
  found: readonly Known[],
  connectionId: string,
  value: string,
  arrival: Arrival,
  spinOff?: Connection,
): Known | undefined {
  const onConnection = found.find((identity) => identity.connection_id === connectionId);
  if (onConnection?.origin_known) return onConnection;
  const onSpinOff = found.find((identity) => identity.connection_id !== connectionId);
  if (onSpinOff || !onConnection) return onSpinOff;
  const { name_sent, launched } = onConnection;
  const isSame = spinOff
    ? compareNames(name_sent, arrival.name) === "agrees"
    : !launched || isSameLearner(value, name_sent, arrival.name);
  return isSame ? onConnection : undefined;
}

/**
 * Decides whether a known id from an origin not yet seen is the same learner, with the identity's key locked, and records
 * what was decided: from then on the id is known to come from there.
 */
export async function settleIdentity(
  context: Context,
  sql: Sql,
  key: IdentityKey,
  arrival: Arrival,
  at: Date,
): Promise<void> {
  await lockIdentityKey(sql, key);
  const { origin } = arrival;
  const spinOff = await findSpinOff(sql, key.account_id, key.connection_id, origin);
  const found = await findIdentities(sql, key, origin);
  // Erased since: then it is seen for the first time.
  if (found.length === 0) return;
  const known = chooseKnown(found, key.connection_id, key.value, arrival, spinOff);
  if (known) return addIdentityOrigin(sql, key.account_id, known.identity_id, origin, at);
  const own = spinOff ?? (await spinOffFor(context, sql, key, origin, at));
  await recordNew(context, sql, { ...key, connection_id: own.id }, arrival, at);
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
): Promise<void> {
  const learnerId = context.deps.newId();
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
    id: context.deps.newId(),
    learner_id: learnerId,
    name_sent: arrival.name,
    first_seen_at: at,
    first_origin: arrival.origin,
  });
}
