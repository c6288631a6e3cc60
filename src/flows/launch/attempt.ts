/** Which attempt a launch goes on with (RULES §1 "attempt", docs/bridge.md §4). */
import type { Decision } from "../../core/licensing/admit.ts";
import type { Attempt, AttemptEnd } from "../../store/attempts.ts";
import type { Door } from "../../store/doors.ts";
import type { FoundAttempt } from "../../store/launching/readArrivals.ts";
import { type Arrival, isMarker } from "./arrival.ts";

/** The learner's running attempt; or a new one where there is none or it has come to its end. */
export type ChosenAttempt =
  | { readonly type: "continued"; readonly attempt: FoundAttempt }
  | {
      readonly type: "begun";
      readonly attempt: Attempt;
      readonly ended: { readonly id: string; readonly reason: AttemptEnd } | null;
    };

export function chooseAttempt(
  door: Door,
  arrival: Arrival,
  decision: Decision,
  newest: FoundAttempt | null,
  newId: () => string,
  at: Date,
): ChosenAttempt {
  const running = newest && !newest.ended ? newest : null;
  const reason = running && reasonToEnd(door, arrival, decision, running);
  if (running && !reason) return { type: "continued", attempt: running };
  return {
    type: "begun",
    attempt: {
      id: newId(),
      course_version_id: door.course_version_id,
      number: (newest?.number ?? 0) + 1,
      launches: 0,
      rollup: null,
      saved_at: null,
      started_at: at,
    },
    ended: running && reason ? { id: running.id, reason } : null,
  };
}

function reasonToEnd(
  door: Door,
  arrival: Arrival,
  decision: Decision,
  running: FoundAttempt,
): AttemptEnd | null {
  if (decision.type === "take" && decision.seat.retake && door.retake_starts_over) return "retake";
  return wasResetByLms(arrival, running) ? "reset_by_lms" : null;
}

/**
 * Only a marker that the LMS had acknowledged, and that is now gone, says that it reset the attempt; and only where it lets
 * them in to go on: who browses or reviews is shown nothing by some.
 */
function wasResetByLms({ lms }: Arrival, running: FoundAttempt): boolean {
  if (lms?.mode !== "normal" || !running.marker_acknowledged) return false;
  return lms.entry === "ab-initio" && !isMarker(lms.marker);
}
