/**
 * What becomes of one arrival, by what was read about it and by what was decided before it: no I/O. `decideTogether` reads
 * before it and writes after it.
 */
import type { DenialCode } from "../../core/denials.ts";
import { admit, type Confirmation, type Decision, type Seat } from "../../core/licensing/admit.ts";
import type { Rules } from "../../core/licensing/kind.ts";
import { LONGEST_LAUNCH_SECONDS } from "../../core/openTime.ts";
import { addSeconds } from "../../core/time.ts";
import type { Deps } from "../../deps.ts";
import type { Attempt, ItemState } from "../../store/attempts.ts";
import type { Door } from "../../store/doors.ts";
import type { Denial } from "../../store/launching/countDenials.ts";
import type { LaunchRecord } from "../../store/launching/launchRecord.ts";
import type { AskedArrival, FoundArrival, KnownArrival } from "../../store/launching/readArrivals.ts";
import { hashOf } from "../../store/learners.ts";
import { bookOf, rulesOf, seatCourse } from "./admission.ts";
import type { Arrival } from "./arrival.ts";
import { type ChosenAttempt, chooseAttempt } from "./attempt.ts";
import type { Standing } from "./newcomers.ts";
import { identityAskedFor, type Recognition, recognize } from "./recognize.ts";

export interface TimedArrival {
  readonly arrival: Arrival;
  /** When it came: the one reading of the clock that all about it goes by. */
  readonly at: Date;
  /** Set once it was decided that a seat is drawn from a lot. */
  readonly draw?: { isDue: boolean };
}

export type Ruling =
  /** Of no delivery that is known here: writes no row. */
  | { readonly type: "unknown" }
  /** The same launch sent again: it was allowed before. */
  | {
      readonly type: "again";
      readonly door: Door;
      readonly launch_id: string;
      readonly identity_id: string | null;
      /** What would stop it at its next beat; so nothing more is handed out. */
      readonly stop: DenialCode | null;
    }
  /** An identity that needs care first. */
  | { readonly type: "unsettled" }
  /** Of a learner who was decided on just before, by another id of theirs: to be read again once that is written. */
  | { readonly type: "too_soon" }
  | { readonly type: "denied"; readonly denial: Denial; readonly name_learnt: string | null }
  /** A new learner who is denied: recorded with the launch. */
  | { readonly type: "denied_newcomer"; readonly record: LaunchRecord & { readonly code: DenialCode } }
  | { readonly type: "allowed"; readonly allowed: AllowedLaunch };

export interface AllowedLaunch {
  readonly door: Door;
  readonly record: LaunchRecord;
  readonly number: number;
  readonly seat: Seat | null;
  /** As it was before this launch. */
  readonly attempt: Attempt;
  /** Null where they are large, and yet to be read. */
  readonly states: readonly ItemState[] | null;
  readonly open_launches: readonly { readonly id: string; readonly last_seen_at: Date }[];
}

type Made = Pick<Deps, "newId" | "newReference">;

/** What was decided just before, and is to be written together. */
export interface Together {
  readonly draws: Map<string, number>;
  readonly learners: Set<string>;
}

/** The same denial of the same learner within this time is one row (RULES §2). */
const DENIAL_COUNTED_SECONDS = 60;

export function askedFor({ arrival, at }: TimedArrival): AskedArrival {
  return {
    delivery_key: arrival.delivery_key,
    nonce: arrival.nonce,
    namespace: arrival.namespace,
    identity: identityAskedFor(arrival),
    origin: arrival.origin,
    open_since: addSeconds(at, -LONGEST_LAUNCH_SECONDS),
  };
}

/** @param standing Of a newcomer, where it was settled. */
export function decide(
  make: Made,
  { arrival, at, draw }: TimedArrival,
  found: FoundArrival | undefined,
  together: Together,
  standing: Standing | null = null,
): Ruling {
  if (!found || isForeign(found.door, arrival)) return { type: "unknown" };
  const { door } = found;
  const recognition = recognize(found, arrival, standing);
  const person = recognition.type === "known" ? recognition.person : null;
  if (found.before_id !== null) {
    const identity_id = person?.identity_id ?? null;
    return { type: "again", door, launch_id: found.before_id, identity_id, stop: stopOf(door, person) };
  }
  if (recognition.type === "unsettled" || recognition.type === "unsettled_newcomer")
    return { type: "unsettled" };
  if (person && together.learners.has(person.learner_id)) return { type: "too_soon" };
  if (person) together.learners.add(person.learner_id);

  const rules = rulesOf(door);
  const decision = admit(rules, bookOf(door, rules, arrival, recognition, together.draws, at), at);
  const case_: Case = {
    make,
    door,
    rules,
    arrival,
    at,
    person,
    launch: launchFields(make, door, arrival, at),
  };
  if (decision.type === "deny" || recognition.type === "nobody")
    return deny(case_, recognition, decision.type === "deny" ? decision.code : "identity_missing");
  if (decision.type === "take" && decision.seat.lot_id !== null) {
    together.draws.set(decision.seat.lot_id, (together.draws.get(decision.seat.lot_id) ?? 0) + 1);
    if (draw) draw.isDue = true;
  }
  return { type: "allowed", allowed: allow(case_, recognition, decision) };
}

/** A course can be loaded again as the same launch for hours: what would stop it at its next beat (RULES §2) holds for that too. */
function stopOf({ delivery_revoked_at }: Door, person: KnownArrival | null): DenialCode | null {
  if (delivery_revoked_at !== null) return "delivery_revoked";
  return person?.deactivated ? "learner_deactivated" : null;
}

/**
 * A delivery of another account is unknown on an account's own host, and one of another connection to a platform. A link is
 * opened by a signed message alone: its address is no secret. And a package by none, for its LMS speaks SCORM.
 */
function isForeign(door: Door, { account_id, proved_connection_id }: Arrival): boolean {
  return (
    door.is_link !== (proved_connection_id !== null) ||
    (account_id ?? door.account_id) !== door.account_id ||
    (proved_connection_id ?? door.connection_id) !== door.connection_id
  );
}

/** What all steps after the decision go by. */
interface Case {
  readonly make: Made;
  readonly door: Door;
  readonly rules: Rules;
  readonly arrival: Arrival;
  readonly at: Date;
  readonly person: KnownArrival | null;
  readonly launch: ReturnType<typeof launchFields>;
}

function launchFields({ newId, newReference }: Made, door: Door, arrival: Arrival, at: Date) {
  return {
    account_id: door.account_id,
    launch_id: newId(),
    delivery_id: door.delivery_id,
    license_id: door.license_id,
    course_id: door.course_id,
    nonce: arrival.nonce,
    lms_origin: arrival.origin,
    reference: newReference(),
    opened_at: at,
  };
}

function deny(case_: Case, recognition: Recognition, code: DenialCode): Ruling {
  const { launch, person, at } = case_;
  if (recognition.type === "new")
    return {
      type: "denied_newcomer",
      record: { ...launch, ...newcomer(case_, recognition), outcome: "denied", code },
    };
  const denial = {
    ...launch,
    identity_id: person?.identity_id ?? null,
    learner_id: person?.learner_id ?? null,
    code,
    since: addSeconds(at, -DENIAL_COUNTED_SECONDS),
    count: 1,
  };
  return { type: "denied", denial, name_learnt: person?.origin_known ? nameLearnt(case_) : null };
}

function allow(
  case_: Case,
  recognition: Recognition & { type: "known" | "new" },
  decision: Exclude<Decision, { type: "deny" }>,
): AllowedLaunch {
  const { make, door, arrival, at, person, launch } = case_;
  const chosen = chooseAttempt(door, arrival, decision, person?.newest_attempt ?? null, make.newId, at);
  const seated = seatChange(case_, decision);
  const attempted = attemptChange(chosen);
  const changesLearner = seated.changes || chosen.type === "begun";
  const who = recognition.type === "new" ? newcomer(case_, recognition) : known(recognition.person);
  const { seat_taken, assigned, seat_counted, charge } = seated.fields;
  const { number, attempt_id, attempt_begun, attempt_ended, attempt_continued } = attempted.fields;
  // Field by field, for all records to be of one shape (`ownRowOf` in `launchRecord.ts`).
  const record: LaunchRecord = {
    account_id: launch.account_id,
    launch_id: launch.launch_id,
    delivery_id: launch.delivery_id,
    license_id: launch.license_id,
    course_id: launch.course_id,
    nonce: launch.nonce,
    lms_origin: launch.lms_origin,
    reference: launch.reference,
    opened_at: launch.opened_at,
    outcome: decision.type === "test" ? "test" : "allowed",
    learner_id: who.learner_id,
    identity_id: who.identity_id,
    newcomer: who.newcomer,
    name_learnt: nameLearnt(case_) ?? undefined,
    learner_held: person && changesLearner ? { test: person.test } : undefined,
    seat_id: seated.seat?.id,
    seat_taken,
    assigned,
    seat_counted,
    charge,
    number,
    attempt_id,
    attempt_begun,
    attempt_ended,
    attempt_continued,
  };
  const { attempt } = chosen;
  return {
    door,
    record,
    number: attempted.fields.number,
    seat: seated.seat,
    attempt,
    states: chosen.type === "continued" ? chosen.attempt.states : [],
    open_launches: chosen.type === "continued" ? chosen.attempt.open_launches : [],
  };
}

function known({ learner_id, identity_id }: KnownArrival) {
  return { learner_id, identity_id, newcomer: undefined };
}

function newcomer(
  { make, arrival }: Case,
  { connection_id, value, standing }: Recognition & { type: "new" },
) {
  const { namespace, name } = arrival;
  const test = standing === "test" || undefined;
  return {
    learner_id: make.newId(),
    identity_id: make.newId(),
    newcomer: { connection_id, namespace, value, value_hash: hashOf(value), name, test },
  };
}

function nameLearnt({ person, arrival }: Case): string | null {
  return person && person.name_sent === "" && arrival.name !== "" ? arrival.name : null;
}

/** The seat as it then stands, and what must be written of it. A seat that is confirmed already changes nothing. */
function seatChange(
  case_: Case,
  decision: Exclude<Decision, { type: "deny" }>,
): {
  readonly seat: Seat | null;
  readonly changes: boolean;
  readonly fields: Partial<Pick<LaunchRecord, "seat_taken" | "seat_counted" | "assigned" | "charge">>;
} {
  if (decision.type === "test") return { seat: null, changes: false, fields: {} };
  if (decision.type === "take") return takeSeat(case_, decision);
  const { seat, counted, confirmation } = decision;
  if (seat.status !== "pending" || !counted) return { seat, changes: false, fields: {} };
  const confirmed = confirmation !== null;
  return {
    seat: confirmed ? { ...seat, status: "confirmed" } : seat,
    changes: true,
    fields: { seat_counted: { launches_before: seat.launches, confirmed }, ...charge(case_, confirmation) },
  };
}

function takeSeat(case_: Case, { seat, confirmation, assigned }: Decision & { type: "take" }) {
  const { make, door, rules, at } = case_;
  const { status, lot_id, starts_at, ends_at } = seat;
  const taken = { id: make.newId(), status, lot_id, launches: 1, counted_launch_at: at, starts_at, ends_at };
  const overdraws = rules.when_full === "overage";
  const seat_taken = { status, lot_id, overdraws, course_id: seatCourse(door, rules), starts_at, ends_at };
  const assignment = assigned ? { assigned: { id: make.newId(), ...assigned } } : {};
  return {
    seat: taken,
    changes: true,
    fields: { seat_taken, ...assignment, ...charge(case_, confirmation) },
  };
}

function charge(
  { make, door }: Case,
  confirmation: Confirmation | null,
): Pick<LaunchRecord, "charge"> | object {
  return confirmation?.charge
    ? { charge: { id: make.newId(), kind: door.kind, rule: confirmation.rule } }
    : {};
}

type AttemptFields = Required<Pick<LaunchRecord, "attempt_id" | "number">> &
  Pick<LaunchRecord, "attempt_begun" | "attempt_ended" | "attempt_continued">;

function attemptChange(chosen: ChosenAttempt): {
  readonly fields: AttemptFields & { readonly number: number };
} {
  if (chosen.type === "continued") {
    const { id, launches } = chosen.attempt;
    return { fields: { attempt_id: id, number: launches + 1, attempt_continued: true as const } };
  }
  const { attempt, ended } = chosen;
  const { id, course_version_id, number } = attempt;
  return {
    fields: {
      attempt_id: id,
      number: 1,
      attempt_begun: { course_version_id, number },
      ...(ended ? { attempt_ended: ended } : {}),
    },
  };
}
