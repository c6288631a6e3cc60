/** Which attempt a launch goes on with (RULES §1 "attempt", docs/bridge.md §4). */
import type { Decision } from "../../core/licensing/admit.ts";
import {
  type Attempt,
  type AttemptEnd,
  type AttemptKey,
  endAttempt,
  findAttempt,
  insertAttempt,
  isMarkerAcknowledged,
} from "../../store/attempts.ts";
import type { Sql } from "../../store/db.ts";
import type { Door } from "../../store/doors.ts";
import { lockLearner } from "../../store/learners.ts";
import type { Context } from "../context.ts";
import { type Arrival, isMarker } from "./arrival.ts";
import type { Recognized } from "./recognize.ts";

/** The learner's running attempt, or a new one where there is none or it has come to its end. */
export async function chooseAttempt(
  context: Context,
  sql: Sql,
  door: Door,
  arrival: Arrival,
  learner: Recognized,
  decision: Decision,
  at: Date,
): Promise<Attempt> {
  const key: AttemptKey = {
    account_id: door.account_id,
    license_id: door.license_id,
    course_id: door.course_id,
    learner_id: learner.learner_id,
  };
  const asked = { sql, door, arrival, learner, decision };
  const running = await findAttempt(sql, key);
  if (running && !(await reasonToEnd(asked, running))) return running;

  await lockLearner(sql, door.account_id, learner.learner_id);
  const current = await findAttempt(sql, key);
  const reason = current && (await reasonToEnd(asked, current));
  if (current && !reason) return current;
  if (current && reason) await endAttempt(sql, door.account_id, current.id, reason, at);
  await insertAttempt(sql, key, {
    id: context.deps.newId(),
    course_version_id: door.course_version_id,
    started_at: at,
  });
  const made = await findAttempt(sql, key);
  if (!made) throw new Error("An attempt was neither made nor found");
  return made;
}

interface Asked {
  readonly sql: Sql;
  readonly door: Door;
  readonly arrival: Arrival;
  readonly learner: Recognized;
  readonly decision: Decision;
}

async function reasonToEnd(asked: Asked, attempt: Attempt): Promise<AttemptEnd | null> {
  const { decision, door } = asked;
  if (decision.type === "take" && decision.seat.retake && door.retake_starts_over) return "retake";
  return (await wasResetByLms(asked, attempt)) ? "reset_by_lms" : null;
}

/** Only a marker that the LMS had acknowledged, and that is now gone, says that it reset the attempt. */
async function wasResetByLms({ sql, door, arrival, learner }: Asked, attempt: Attempt): Promise<boolean> {
  if (arrival.lms.entry !== "ab-initio" || isMarker(arrival.lms.marker)) return false;
  return isMarkerAcknowledged(sql, {
    account_id: door.account_id,
    attempt_id: attempt.id,
    identity_id: learner.identity_id,
    delivery_id: door.delivery_id,
  });
}
