/** One attempt with what was done in each of its activities, for support. */
import { type ActivitySummary, summarizeActivities } from "../core/activities.ts";
import { Fault } from "../core/faults.ts";
import { readText } from "../core/text.ts";
import { findState } from "../store/attempts.ts";
import { type AttemptInList, findListedAttempt } from "../store/listing/attempts.ts";
import type { Context } from "./context.ts";

export interface AttemptView extends AttemptInList {
  readonly activities: readonly ActivitySummary[];
}

/** @throws Fault `not_found`. */
export async function viewAttempt(
  { db }: Context,
  accountId: string,
  attemptId: string,
): Promise<AttemptView> {
  const attempt = await findListedAttempt(db, accountId, attemptId);
  if (!attempt) throw new Fault("not_found", `attempt: found none with the id ${attemptId} in this account.`);
  const states = new Map((await findState(db, accountId, attemptId)).map((state) => [state.item_id, state]));
  const activities = summarizeActivities(attempt.structure, (itemId) => {
    const state = states.get(itemId);
    if (!state) return undefined;
    const elements = Object.entries(state.elements).flatMap(([element, [value]]) =>
      value === null ? [] : [[element, readText(value)] as const],
    );
    return { elements: Object.fromEntries(elements), total_seconds: state.total_seconds };
  });
  return { ...attempt, activities };
}
