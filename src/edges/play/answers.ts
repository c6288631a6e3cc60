/** What the flows decided, in the words of the bridge (`core/bridge.ts`). */
import type { BeatPlan, KeepAnswer, LaunchAllowed, LaunchDenied, StateChanges } from "../../core/bridge.ts";
import type { DenialCode } from "../../core/denials.ts";
import { DENIAL_ANSWERS, type Language, wordsOf } from "../../core/denialWords.ts";
import { readText } from "../../core/text.ts";
import type { Kept } from "../../flows/keepLaunch.ts";
import { markerOf } from "../../flows/launch/arrival.ts";
import type { LaunchClaims } from "../../flows/launch/tokens.ts";
import type { Opening } from "../../flows/openLaunch.ts";
import type { ItemState } from "../../store/attempts.ts";
import { contentBase } from "../content/contentAddress.ts";
import type { CourseGivens } from "./courseGivens.ts";

export function deniedAnswer(code: DenialCode, reference: string, language: Language): LaunchDenied {
  const { retry_after_seconds } = DENIAL_ANSWERS[code];
  return { outcome: "denied", code, reference, retry_after_seconds, language, ...wordsOf(code, language) };
}

export function allowedAnswer(
  opening: Opening & { type: "allowed" },
  givens: CourseGivens,
  beatSeconds: number,
): LaunchAllowed {
  const { attempt, states } = opening;
  return {
    outcome: "allowed",
    launch_id: opening.launch_id,
    token: opening.token,
    attempt: {
      id: attempt.id,
      marker: markerOf(attempt.id),
      resumed: attempt.launches > 0,
      elsewhere: opening.elsewhere,
      saved_at: attempt.saved_at?.toISOString() ?? null,
    },
    course: { structure: opening.structure, content_base: contentBase(opening.content_ticket) },
    states: Object.fromEntries(states.map((state) => [state.item_id, elementsOf(state)])),
    total_seconds: Object.fromEntries(states.map((state) => [state.item_id, state.total_seconds])),
    rollup: attempt.rollup,
    ...(opening.progress ? { progress: opening.progress } : {}),
    learner: givens.learner,
    mode: givens.mode,
    credit: givens.credit,
    beat: beatPlan(opening.claims, beatSeconds),
  };
}

function elementsOf(state: ItemState): StateChanges[string] {
  return Object.fromEntries(
    Object.entries(state.elements).map(([element, [value]]) => [
      element,
      value === null ? null : readText(value),
    ]),
  );
}

function beatPlan({ due, open_time }: LaunchClaims, beatSeconds: number): BeatPlan {
  return {
    every_seconds: beatSeconds,
    due_in_seconds: due ? Math.max(0, due.seconds - open_time.open_seconds) : null,
  };
}

/** @param language Asked only where there is something to read. */
export function keptAnswer(kept: Kept, language: () => Language, beatSeconds: number): KeepAnswer {
  const stop = kept.stop && deniedAnswer(kept.stop, kept.claims.reference, language());
  return {
    token: kept.token,
    beat: beatPlan(kept.claims, beatSeconds),
    ...(kept.saved_at ? { saved_at: kept.saved_at.toISOString() } : {}),
    ...(stop ? { stop } : {}),
    ...(kept.superseded ? { superseded: true } : {}),
  };
}
