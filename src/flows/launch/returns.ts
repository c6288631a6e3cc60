/**
 * Learners who come back: their launches are opened by one statement where there is nothing else to decide or to write
 * (`store/launching/openReturns.ts`); all others are decided on.
 */
import type { Deps } from "../../deps.ts";
import { type AskedReturn, type OpenedReturn, openReturns } from "../../store/launching/openReturns.ts";
import type { Context } from "../context.ts";
import { attemptMarked } from "./arrival.ts";
import { countReturn } from "./counting.ts";
import { askedFor, type TimedArrival } from "./decide.ts";
import { type AllowedOpening, openFor } from "./opening.ts";
import type { LaunchClaims } from "./tokens.ts";

/** The LMS holds the marker of an attempt: sent by whoever has launched before. */
export function mayReturn(_context: unknown, { arrival }: TimedArrival): boolean {
  return (
    attemptMarked(arrival.lms?.marker ?? "") !== null &&
    arrival.proved_connection_id === null &&
    !arrival.too_many
  );
}

export async function openReturning(
  context: Context,
  arrivals: readonly TimedArrival[],
): Promise<(Promise<AllowedOpening> | undefined)[]> {
  const returns = arrivals.map((one) => returnOf(context.deps, one));
  const opened = await openReturns(context.db.quick, returns);
  return returns.map((asked, place) => {
    const one = opened[place];
    return one && openingOfReturn(context, asked, one);
  });
}

/** @param one That may be a return. */
export function returnOf(make: Pick<Deps, "newId" | "newReference">, one: TimedArrival): AskedReturn {
  const { arrival, at } = one;
  const asked = askedFor(one);
  return {
    delivery_key: asked.delivery_key,
    nonce: asked.nonce,
    namespace: asked.namespace,
    identity: asked.identity,
    origin: asked.origin,
    open_since: asked.open_since,
    host_account_id: arrival.account_id,
    named: arrival.name !== "",
    attempt_id: attemptMarked(arrival.lms?.marker ?? "") ?? "",
    launch_id: make.newId(),
    reference: make.newReference(),
    opened_at: at,
  };
}

function openingOfReturn(
  context: Context,
  asked: AskedReturn,
  opened: OpenedReturn,
): Promise<AllowedOpening> {
  countReturn(context.deps, opened.kind);
  const { opened_at } = asked;
  const { account_id, delivery_id, learner_id, attempt, states, open_launches } = opened;
  const claims: LaunchClaims = {
    account_id,
    launch_id: asked.launch_id,
    reference: asked.reference,
    delivery_id,
    learner_id,
    attempt_id: attempt.id,
    launch_number: attempt.launches + 1,
    opened_at,
    open_time: { open_seconds: 0, counted_at: opened_at },
    // Its seat is confirmed.
    due: null,
  };
  return openFor(context, { claims, attempt, states, open_launches }, opened_at);
}
