/**
 * One launch (RULES §2): finds what the delivery opens and who comes, decides, and writes everything that changes, the
 * launch included, in one transaction. The time is taken once.
 */
import type { CourseStructure } from "../core/course.ts";
import type { DenialCode } from "../core/denials.ts";
import type { Seat } from "../core/licensing/admit.ts";
import { LONGEST_LAUNCH_SECONDS, type OpenTime } from "../core/openTime.ts";
import { addSeconds, secondsBetween } from "../core/time.ts";
import {
  type Attempt,
  countAttemptLaunch,
  findAttemptById,
  findState,
  type ItemState,
} from "../store/attempts.ts";
import { findStructure } from "../store/courses.ts";
import type { Sql } from "../store/db.ts";
import { type Door, findDoor } from "../store/doors.ts";
import {
  countDenial,
  findAllowedLaunch,
  findOpenLaunches,
  insertLaunch,
  type ListedLaunch,
} from "../store/launches.ts";
import { lockLearner } from "../store/learners.ts";
import { findSeat } from "../store/seats.ts";
import type { Context } from "./context.ts";
import { admitArrival, rulesOf } from "./launch/admission.ts";
import type { Arrival } from "./launch/arrival.ts";
import { chooseAttempt } from "./launch/attempt.ts";
import { type Recognized, recognize } from "./launch/recognize.ts";
import type { LaunchClaims } from "./launch/tokens.ts";

export type Opening =
  | { readonly type: "denied"; readonly code: DenialCode; readonly reference: string }
  | {
      readonly type: "allowed";
      readonly launch_id: string;
      readonly token: string;
      readonly claims: LaunchClaims;
      readonly attempt: Attempt;
      readonly structure: CourseStructure;
      readonly states: readonly ItemState[];
      /** Opens the course's files (`flows/launch/contentTickets.ts`). */
      readonly content_ticket: string;
      /** Another launch of the attempt has not closed and was heard of lately. */
      readonly elsewhere: boolean;
    };

/** The same denial of the same learner within this time is one row (RULES §2). */
const DENIAL_COUNTED_SECONDS = 60;

export async function openLaunch(context: Context, arrival: Arrival): Promise<Opening> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const door = await findDoor(sql, arrival.delivery_key);
    // A delivery of another account is unknown on an account's own host.
    if (!door || (arrival.account_id ?? door.account_id) !== door.account_id)
      return { type: "denied", code: "launch_invalid", reference: context.deps.newReference() };
    const learner = await recognize(context, sql, door, arrival, at);
    const before = await findAllowedLaunch(sql, door.account_id, door.delivery_id, arrival.nonce);
    if (before) return openAgain(context, sql, door, learner, before, at);
    return openAnew(context, sql, door, arrival, learner, at);
  });
}

async function openAnew(
  context: Context,
  sql: Sql,
  door: Door,
  arrival: Arrival,
  learner: Recognized | null,
  at: Date,
): Promise<Opening> {
  const launchId = context.deps.newId();
  const { decision, seat } = await admitArrival(context, sql, door, arrival, learner, launchId, at);
  if (decision.type === "deny" || !learner)
    return deny(
      context,
      sql,
      door,
      arrival,
      learner,
      decision.type === "deny" ? decision.code : "identity_missing",
      at,
    );

  const attempt = await chooseAttempt(context, sql, door, arrival, learner, decision, at);
  const number = await countAttemptLaunch(sql, door.account_id, attempt.id);
  const reference = context.deps.newReference();
  const inserted = await insertLaunch(sql, {
    ...launchRow(door, arrival, learner, launchId, at),
    reference,
    seat_id: seat?.id ?? null,
    attempt_id: attempt.id,
    number,
    outcome: decision.type === "test" ? "test" : "allowed",
    code: null,
  });
  if (!inserted) throw new SentTwice();
  const openTime: OpenTime = { open_seconds: 0, counted_at: at };
  const claims = claimsOf(door, learner, {
    launchId,
    reference,
    attemptId: attempt.id,
    number,
    openedAt: at,
    openTime,
    seat,
  });
  return opening(context, sql, door, attempt, claims, at);
}

/** The same nonce was allowed by another transaction meanwhile: run again, it is found (RULES §2 "Concurrency"). */
class SentTwice extends Error {
  readonly code = "40001";
}

/** The same launch sent again: what it was answered the first time was lost on the way. */
async function openAgain(
  context: Context,
  sql: Sql,
  door: Door,
  learner: Recognized | null,
  before: ListedLaunch,
  at: Date,
): Promise<Opening> {
  const attempt = before.attempt_id
    ? await findAttemptById(sql, door.account_id, before.attempt_id)
    : undefined;
  const over = secondsBetween(before.opened_at, at) >= LONGEST_LAUNCH_SECONDS;
  if (!attempt || !learner || learner.identity_id !== before.identity_id || over || before.number === null)
    return { type: "denied", code: "launch_invalid", reference: before.reference };
  const seat = before.seat_id ? await findSeat(sql, door.account_id, before.seat_id) : undefined;
  const claims = claimsOf(door, learner, {
    launchId: before.id,
    reference: before.reference,
    attemptId: attempt.id,
    number: before.number,
    openedAt: before.opened_at,
    openTime: { open_seconds: before.open_seconds, counted_at: before.last_seen_at },
    seat: seat ?? null,
  });
  const asItWas = { ...attempt, launches: before.number - 1 };
  return opening(context, sql, door, asItWas, claims, at);
}

async function opening(
  context: Context,
  sql: Sql,
  door: Door,
  attempt: Attempt,
  claims: LaunchClaims,
  at: Date,
): Promise<Opening> {
  const structure = await findStructure(sql, attempt.course_version_id);
  if (!structure) throw new Error(`Attempt ${attempt.id} is on a version that is gone`);
  return {
    type: "allowed",
    launch_id: claims.launch_id,
    token: context.tokens.sign(claims, at),
    claims,
    attempt,
    structure,
    states: await findState(sql, door.account_id, attempt.id),
    content_ticket: context.contentTickets.issue(
      { ...door, course_version_id: attempt.course_version_id },
      at,
    ),
    elsewhere: await isOpenElsewhere(context, sql, claims, at),
  };
}

async function isOpenElsewhere(context: Context, sql: Sql, claims: LaunchClaims, at: Date): Promise<boolean> {
  const since = addSeconds(at, -LONGEST_LAUNCH_SECONDS);
  const open = await findOpenLaunches(sql, claims.account_id, claims.attempt_id, claims.launch_id, since);
  return open.some((launch) => context.presences.isFresh(launch.id, launch.last_seen_at, at));
}

interface Allowed {
  readonly launchId: string;
  readonly reference: string;
  readonly attemptId: string;
  readonly number: number;
  readonly openedAt: Date;
  readonly openTime: OpenTime;
  readonly seat: Seat | null;
}

function claimsOf(door: Door, learner: Recognized, allowed: Allowed): LaunchClaims {
  const { safeguard } = rulesOf(door);
  const isDue = safeguard !== null && allowed.seat?.status === "pending";
  return {
    account_id: door.account_id,
    launch_id: allowed.launchId,
    reference: allowed.reference,
    delivery_id: door.delivery_id,
    learner_id: learner.learner_id,
    attempt_id: allowed.attemptId,
    launch_number: allowed.number,
    opened_at: allowed.openedAt,
    open_time: allowed.openTime,
    due: isDue && allowed.seat ? { seat_id: allowed.seat.id, seconds: safeguard.charge_after_seconds } : null,
  };
}

async function deny(
  context: Context,
  sql: Sql,
  door: Door,
  arrival: Arrival,
  learner: Recognized | null,
  code: DenialCode,
  at: Date,
): Promise<Opening> {
  const row = {
    ...launchRow(door, arrival, learner, context.deps.newId(), at),
    reference: context.deps.newReference(),
    seat_id: null,
    attempt_id: null,
    number: null,
    outcome: "denied" as const,
    code,
  };
  // One after the other, so that simultaneous ones find the first's row.
  if (learner) await lockLearner(sql, door.account_id, learner.learner_id);
  const counted = await countDenial(sql, row, addSeconds(at, -DENIAL_COUNTED_SECONDS));
  if (counted === undefined) await insertLaunch(sql, row);
  return { type: "denied", code, reference: counted ?? row.reference };
}

function launchRow(door: Door, arrival: Arrival, learner: Recognized | null, id: string, at: Date) {
  return {
    account_id: door.account_id,
    id,
    delivery_id: door.delivery_id,
    license_id: door.license_id,
    course_id: door.course_id,
    nonce: arrival.nonce,
    lms_origin: arrival.origin,
    identity_id: learner?.identity_id ?? null,
    learner_id: learner?.learner_id ?? null,
    opened_at: at,
  };
}
