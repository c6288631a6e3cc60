/**
 * The same launch sent again: what it was answered the first time was lost on the way, or its page was loaded again
 * (RULES §1 "launch").
 */
import type { LaunchProgress } from "../../core/bridge.ts";
import type { DenialCode } from "../../core/denials.ts";
import { LONGEST_LAUNCH_SECONDS } from "../../core/openTime.ts";
import { addSeconds, secondsBetween } from "../../core/time.ts";
import {
  findAttemptById,
  findStateOfLaunch,
  type ItemStateOfLaunch,
  type StoredAttempt,
} from "../../store/attempts.ts";
import type { Door } from "../../store/doors.ts";
import { findLaunch, findOpenLaunches } from "../../store/launches.ts";
import { findSeat } from "../../store/seats.ts";
import type { Context } from "../context.ts";
import { highestSequence } from "../keepLaunch.ts";
import type { Opening } from "../openLaunch.ts";
import { dueOn, openFor } from "./opening.ts";
import type { LaunchClaims } from "./tokens.ts";

export interface SentAgain {
  readonly door: Door;
  readonly launch_id: string;
  /** Whose it is now said to be. */
  readonly identity_id: string | null;
  /** Why it opens no more. */
  readonly stop: DenialCode | null;
}

export async function openAgain(context: Context, sent: SentAgain, at: Date): Promise<Opening> {
  const db = context.db.quick;
  const { account_id, delivery_id } = sent.door;
  const before = await findLaunch(db, account_id, sent.launch_id);
  if (!before) throw new Error(`Launch ${sent.launch_id} is gone`);
  const attempt = before.attempt_id ? await findAttemptById(db, account_id, before.attempt_id) : undefined;
  const over = secondsBetween(before.opened_at, at) >= LONGEST_LAUNCH_SECONDS;
  const isTheirs = sent.identity_id !== null && sent.identity_id === before.identity_id;
  if (!attempt || !isTheirs || over || before.number === null || before.learner_id === null)
    return { type: "denied", code: "launch_invalid", reference: before.reference, sent_again: true };
  if (sent.stop) return { type: "denied", code: sent.stop, reference: before.reference, sent_again: true };
  const seat = before.seat_id ? await findSeat(db, account_id, before.seat_id) : undefined;
  const claims = {
    account_id,
    launch_id: before.id,
    reference: before.reference,
    delivery_id,
    learner_id: before.learner_id,
    attempt_id: attempt.id,
    launch_number: before.number,
    opened_at: before.opened_at,
    open_time: { open_seconds: before.open_seconds, counted_at: before.last_seen_at },
    due: dueOn(sent.door, seat ?? null),
  };
  const since = addSeconds(at, -LONGEST_LAUNCH_SECONDS);
  const asItWas = { ...attempt, launches: before.number - 1 };
  const open_launches = await findOpenLaunches(db, account_id, attempt.id, before.id, since);
  const states = await findStateOfLaunch(db, account_id, attempt.id, before.number);
  const progress = progressOf(claims, attempt, states);
  const launch = { claims, attempt: asItWas, states, open_launches };
  return { ...(await openFor(context, launch, at)), sent_again: true, progress };
}

/**
 * Of the pages that had it before: the one that asks may have been copied from one of them, or restored from a time when less had
 * been saved.
 */
function progressOf(
  claims: LaunchClaims,
  { rollup_stamp }: StoredAttempt,
  states: readonly ItemStateOfLaunch[],
): LaunchProgress {
  const stamps = states.flatMap(({ elements }) => Object.values(elements).map(([, stamp]) => stamp));
  const counted = states.filter(({ session_seconds }) => session_seconds > 0);
  return {
    sequence: highestSequence(claims, [rollup_stamp, ...stamps]),
    session_seconds: Object.fromEntries(
      counted.map(({ item_id, session_seconds }) => [item_id, session_seconds]),
    ),
  };
}
