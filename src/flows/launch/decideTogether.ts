/**
 * Decides on any number of launches with one reading and one writing (docs/decisions/launch-path.md): read what is known of them
 * all, decide on one after the other in memory, write what they all change in one statement. What was decided on something
 * that has changed meanwhile is not written, but decided again.
 */
import { isStoreUnavailable } from "../../core/faults.ts";
import { lockAttempt } from "../../store/attempts.ts";
import type { Sql } from "../../store/db.ts";
import type { Door } from "../../store/doors.ts";
import { countDenials, type Denial } from "../../store/launching/countDenials.ts";
import { type FoundArrival, readArrivals } from "../../store/launching/readArrivals.ts";
import { isStale, StaleLaunches, writeLaunches } from "../../store/launching/writeLaunches.ts";
import { lockIdentityKey, lockLearner, lockLearners, setNameIfMissing } from "../../store/learners.ts";
import type { Context } from "../context.ts";
import type { Opening } from "../openLaunch.ts";
import { renewLicense } from "../renewals.ts";
import { isRenewalOf } from "./admission.ts";
import { countRuling } from "./counting.ts";
import { askedFor, decide, type Ruling, type TimedArrival, type Together } from "./decide.ts";
import { recordStanding, type Standing, settleNewcomer } from "./newcomers.ts";
import { openingOf } from "./opening.ts";
import { identityAskedFor, recognize, settleIdentity } from "./recognize.ts";
import { openAgain } from "./sentAgain.ts";

export type Outcome =
  | { readonly type: "opened"; readonly opening: Opening }
  | { readonly type: "failed"; readonly error: unknown }
  /** To be opened after those that it was handed in with. */
  | { readonly type: "too_soon" };

/** Before they are opened one by one: most that come at once have nothing to do with one another. */
const TRIES_TOGETHER = 2;
/** Before what they are decided on is locked. */
const TRIES_ALONE = 3;

/** @param place Of the arrival among those that were handed in. */
export type Settle = (place: number, outcome: Outcome) => void;

/**
 * Settles each arrival as soon as its outcome is known, all of them in the end. Never throws.
 * @param renews Whether a next term that is due begins first; false where that was tried.
 */
export async function decideTogether(
  context: Context,
  arrivals: readonly TimedArrival[],
  settle: Settle,
  renews = true,
  tries = 1,
): Promise<void> {
  try {
    await openOnce(context, arrivals, settle, renews);
  } catch (error) {
    if (isStoreUnavailable(error)) return failAll(arrivals, error, settle);
    const stale = isStale(error);
    if (stale && tries < (arrivals.length > 1 ? TRIES_TOGETHER : TRIES_ALONE))
      return decideTogether(context, arrivals, settle, renews, tries + 1);
    const [alone, ...others] = arrivals;
    if (others.length > 0) await openInHalves(context, arrivals, settle, renews);
    else if (alone && stale) settle(0, await openLocked(context, alone));
    else failAll(arrivals, error, settle);
  }
}

/** So that one which can't be opened, or is always too late, fails for itself alone. */
async function openInHalves(
  context: Context,
  arrivals: readonly TimedArrival[],
  settle: Settle,
  renews: boolean,
): Promise<void> {
  const middle = Math.ceil(arrivals.length / 2);
  const settleSecond: Settle = (place, outcome) => settle(middle + place, outcome);
  await decideTogether(context, arrivals.slice(0, middle), settle, renews);
  await decideTogether(context, arrivals.slice(middle), settleSecond, renews);
}

function failAll(arrivals: readonly TimedArrival[], error: unknown, settle: Settle): void {
  for (const place of arrivals.keys()) settle(place, { type: "failed", error });
}

/**
 * What fails or takes long after the writing hurts the arrival alone that it is about: the others are answered.
 * @throws StaleLaunches or whatever else is stale, Fault `store_unavailable`; then those that were written are found as sent again.
 */
async function openOnce(
  context: Context,
  arrivals: readonly TimedArrival[],
  settle: Settle,
  renews: boolean,
): Promise<void> {
  const { quick } = context.db;
  const found = await readArrivals(quick, arrivals.map(askedFor));
  for (const [place, one] of found.entries())
    if (one) context.doors.remember(one.door, (arrivals[place] as TimedArrival).at);
  const renewals = renews ? renewalsAmong(arrivals, found) : [];
  const waiting = new Set(renewals.flatMap(({ places }) => places));
  const ready = [...arrivals.keys()].filter((place) => !waiting.has(place));
  const ones = ready.map((place) => arrivals[place] as TimedArrival);
  const rulings = ruleOn(
    context,
    ones,
    ready.map((place) => found[place]),
  );
  await writeLaunches(quick, rulings.flatMap(recordOf));
  const denied = rulings.filter((ruling) => ruling.type === "denied");
  const references = writeDenials(context, denied);
  const referencesFor = (ruling: Denied) =>
    references.catch((error) => {
      if (denied.length === 1 || isStoreUnavailable(error)) throw error;
      return writeDenials(context, [ruling]);
    });
  await Promise.all([
    ...ones.map(async (one, index) =>
      settle(ready[index] as number, await outcomeOf(context, one, rulings[index] as Ruling, referencesFor)),
    ),
    ...renewals.map((renewal) => openRenewed(context, arrivals, renewal, settle)),
  ]);
}

/** Of one license, whose next term is to begin first. */
interface Renewal {
  readonly door: Door;
  /** Of the arrivals that wait for it. */
  readonly places: number[];
}

function renewalsAmong(
  arrivals: readonly TimedArrival[],
  found: readonly (FoundArrival | undefined)[],
): Renewal[] {
  const renewals = new Map<string, Renewal>();
  for (const [place, { at }] of arrivals.entries()) {
    const door = found[place]?.door;
    if (!door || !isRenewalOf(door, at)) continue;
    const before = renewals.get(door.license_id);
    if (before) before.places.push(place);
    else renewals.set(door.license_id, { door, places: [place] });
  }
  return [...renewals.values()];
}

/**
 * A term that has just ended is followed by the next before anyone is decided on (RULES §3.3). That can take a while, where
 * many hold a seat: whoever came at the same moment for another license does not wait for it.
 */
async function openRenewed(
  context: Context,
  arrivals: readonly TimedArrival[],
  { door, places }: Renewal,
  settle: Settle,
): Promise<void> {
  const own = places.map((place) => arrivals[place] as TimedArrival);
  const settleOwn: Settle = (index, outcome) => settle(places[index] as number, outcome);
  try {
    await renewLicense(context, door);
  } catch (error) {
    return failAll(own, error, settleOwn);
  }
  await decideTogether(context, own, settleOwn, false);
}

function ruleOn(
  context: Context,
  arrivals: readonly TimedArrival[],
  found: readonly (FoundArrival | undefined)[],
  standing: Standing | null = null,
): Ruling[] {
  const together: Together = { draws: new Map(), learners: new Set() };
  return arrivals.map((one, index) => decide(context.deps, one, found[index], together, standing));
}

function recordOf(ruling: Ruling) {
  if (ruling.type === "allowed") return [ruling.allowed.record];
  return ruling.type === "denied_newcomer" ? [ruling.record] : [];
}

async function outcomeOf(
  context: Context,
  one: TimedArrival,
  ruling: Ruling,
  referencesFor: (ruling: Denied) => Promise<ReadonlyMap<string, string>>,
): Promise<Outcome> {
  if (ruling.type === "too_soon") return { type: "too_soon" };
  if (ruling.type === "unsettled") return openLocked(context, one);
  try {
    const references = ruling.type === "denied" ? await referencesFor(ruling) : new Map();
    return { type: "opened", opening: await answerTo(context, one, ruling, references) };
  } catch (error) {
    return { type: "failed", error };
  }
}

type Answerable = Exclude<Ruling, { type: "too_soon" | "unsettled" }>;

async function answerTo(
  context: Context,
  { at }: TimedArrival,
  ruling: Answerable,
  references: ReadonlyMap<string, string>,
): Promise<Opening> {
  countRuling(context.deps, ruling);
  switch (ruling.type) {
    case "unknown":
      return { type: "denied", code: "launch_invalid", reference: context.deps.newReference() };
    case "denied_newcomer":
      return { type: "denied", code: ruling.record.code, reference: ruling.record.reference };
    case "denied": {
      const { code, launch_id, reference } = ruling.denial;
      return { type: "denied", code, reference: references.get(launch_id) ?? reference };
    }
    case "again":
      return openAgain(context, ruling, at);
    case "allowed":
      return openingOf(context, ruling.allowed, at);
  }
}

type Denied = Ruling & { type: "denied" };

/** @returns The reference of each by its launch. */
async function writeDenials(
  context: Context,
  denied: readonly Denied[],
): Promise<ReadonlyMap<string, string>> {
  if (denied.length === 0) return new Map();
  return context.db.transaction((sql) => writeDenialsIn(sql, denied));
}

/** With their learners locked, so that simultaneous ones find the first's row. */
async function writeDenialsIn(sql: Sql, denied: readonly Denied[]): Promise<ReadonlyMap<string, string>> {
  const denials = denied.map(({ denial }) => denial);
  await lockLearners(
    sql,
    denials.flatMap(({ account_id, learner_id }) => (learner_id === null ? [] : { account_id, learner_id })),
  );
  for (const { denial, name_learnt } of denied)
    if (name_learnt !== null && denial.identity_id !== null && denial.learner_id !== null)
      await setNameIfMissing(sql, denial.account_id, denial.identity_id, denial.learner_id, name_learnt);
  const groups = groupSame(denials);
  const references = await countDenials(
    sql,
    groups.map(([first, ...others]) => ({ ...first, count: 1 + others.length })),
  );
  return new Map(
    groups.flatMap((group) =>
      group.map(
        ({ launch_id }) => [launch_id, references.get(group[0].launch_id) ?? group[0].reference] as const,
      ),
    ),
  );
}

/** Of one learner there is one among them; of nobody there can be many, and the same one is one row. */
function groupSame(denials: readonly Denial[]): [Denial, ...Denial[]][] {
  const groups = new Map<string, [Denial, ...Denial[]]>();
  for (const denial of denials) {
    const key = `${denial.delivery_id} ${denial.learner_id} ${denial.code}`;
    const group = groups.get(key);
    if (group) group.push(denial);
    else groups.set(key, [denial]);
  }
  return [...groups.values()];
}

/**
 * One launch in a transaction that locks what it is decided on: where an identity needs care, or where others were faster
 * again and again.
 */
async function openLocked(context: Context, one: TimedArrival): Promise<Outcome> {
  try {
    const { ruling, references } = await context.db.transaction(async (sql) => {
      const standing = await lockWhatItIsDecidedOn(context, sql, one);
      const [decided] = ruleOn(context, [one], await readArrivals(sql, [askedFor(one)]), standing);
      if (!decided || decided.type === "unsettled" || decided.type === "too_soon")
        throw new StaleLaunches("An identity was changed while it was locked");
      const records = recordOf(decided);
      await writeLaunches(sql, records);
      for (const record of records) await recordStanding(context, sql, record, standing, one.at);
      const references = decided.type === "denied" ? await writeDenialsIn(sql, [decided]) : new Map();
      return { ruling: decided, references };
    });
    return { type: "opened", opening: await answerTo(context, one, ruling, references) };
  } catch (error) {
    return { type: "failed", error };
  }
}

/** @returns What a newcomer is, where that had to be settled. */
async function lockWhatItIsDecidedOn(
  context: Context,
  sql: Sql,
  one: TimedArrival,
): Promise<Standing | null> {
  const [found] = await readArrivals(sql, [askedFor(one)]);
  if (!found) return null;
  const recognition = recognize(found, one.arrival);
  if (recognition.type === "unsettled_newcomer") return settleNewcomer(sql, recognition.key);
  if (recognition.type === "unsettled") {
    await settleIdentity(context, sql, recognition.key, one.arrival, one.at);
    return null;
  }
  const { account_id, connection_id } = found.door;
  const { namespace } = one.arrival;
  await lockIdentityKey(sql, { account_id, connection_id, namespace, value: identityAskedFor(one.arrival) });
  for (const { learner_id, newest_attempt } of found.known) {
    await lockLearner(sql, account_id, learner_id);
    if (newest_attempt) await lockAttempt(sql, account_id, newest_attempt.id);
  }
  return null;
}
