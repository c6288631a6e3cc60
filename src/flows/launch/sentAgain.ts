/** The same launch sent again: what it was answered the first time was lost on the way (RULES §1 "launch"). */
import { LONGEST_LAUNCH_SECONDS } from "../../core/openTime.ts";
import { addSeconds, secondsBetween } from "../../core/time.ts";
import { findAttemptById } from "../../store/attempts.ts";
import type { Door } from "../../store/doors.ts";
import { findLaunch, findOpenLaunches } from "../../store/launches.ts";
import { findSeat } from "../../store/seats.ts";
import type { Context } from "../context.ts";
import type { Opening } from "../openLaunch.ts";
import { dueOn, openFor } from "./opening.ts";

export interface SentAgain {
  readonly door: Door;
  readonly launch_id: string;
  /** Whose it is now said to be. */
  readonly identity_id: string | null;
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
    return { type: "denied", code: "launch_invalid", reference: before.reference };
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
  return openFor(context, { door: sent.door, claims, attempt: asItWas, states: null, open_launches }, at);
}
