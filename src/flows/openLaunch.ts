/**
 * One launch (RULES §2): finds what the delivery opens and who comes, decides, and writes everything that changes, the
 * launch included, at once or not at all. Launches that come at the same time share a reading and a writing
 * (`launch/openTogether.ts`).
 */
import type { DenialCode } from "../core/denials.ts";
import type { TraceSpan } from "../deps.ts";
import type { Context } from "./context.ts";
import { type Arrival, attemptMarked } from "./launch/arrival.ts";
import { AS_LEARNERS_WAIT, type Batches, createBatches, type Settle } from "./launch/batches.ts";
import type { TimedArrival } from "./launch/decide.ts";
import type { Outcome } from "./launch/decideTogether.ts";
import type { AllowedOpening } from "./launch/opening.ts";
import { openTogether } from "./launch/openTogether.ts";
import { identityAskedFor } from "./launch/recognize.ts";

export type Opening =
  | {
      readonly type: "denied";
      readonly code: DenialCode;
      readonly reference: string;
      /** As for one that is allowed. */
      readonly sent_again?: true;
    }
  | AllowedOpening;

/** @throws Fault `store_unavailable`, also for a launch that had to wait too long. */
export function openLaunch(context: Context, arrival: Arrival): Promise<Opening> {
  const { clock, metrics, stopwatch, tracing } = context.deps;
  const seconds = stopwatch();
  return tracing.traced("launch", {}, async (span) => {
    const asked = { context, arrival, at: clock.now(), span, draw: { isDue: false } };
    const opening = await context.launches.add(asked);
    metrics.launchSeconds.observe({ outcome: opening.type }, seconds());
    span.note(
      opening.type === "allowed"
        ? { "tallygate.outcome": "allowed", "tallygate.launch_id": opening.launch_id }
        : { "tallygate.outcome": "denied", "tallygate.code": opening.code },
    );
    return opening;
  });
}

interface Opened extends TimedArrival {
  readonly draw: { isDue: boolean };
  readonly context: Context;
  readonly span: TraceSpan;
}

/** Of one process, whose context they all have. */
export type Launches = Batches<Opened, Opening>;

/** Of 64 that come at once, two halves are written by two processes of Postgres: all in one batch would wait for one of them. */
const MOST_TOGETHER = 32;

export function createLaunches(): Launches {
  return createBatches({
    ...AS_LEARNERS_WAIT,
    most_together: MOST_TOGETHER,
    keysOf,
    jam: { keyOf: jamOf, waits: ({ draw }) => draw.isDue },
    run: openBatch,
  });
}

/** One learner's launches go one after the other, and so does one launch that is sent several times. */
function keysOf({ arrival }: Opened): string[] {
  const identity = identityAskedFor(arrival);
  const nonce = `nonce ${arrival.delivery_key} ${arrival.nonce}`;
  return identity === "" ? [nonce] : [nonce, `identity ${identity}`];
}

/**
 * Whoever draws a seat from a lot waits for all who draw from it at the same time, until they are committed. Who goes on with an attempt
 * by its marker has a seat; all others at the door may need one.
 */
function jamOf({ arrival: { delivery_key, lms } }: Opened): string | null {
  return lms && attemptMarked(lms.marker) !== null ? null : delivery_key;
}

async function openBatch(batch: readonly Opened[], settle: Settle<Opening>): Promise<void> {
  const [first] = batch;
  if (!first) return;
  const { metrics, tracing } = first.context.deps;
  metrics.launchBatch.observe(batch.length);
  const settleOne = (place: number, outcome: Outcome) => settle(place, resultOf(outcome));
  await tracing.tracedFor(
    batch.map(({ span }) => span),
    "launch batch",
    () => openTogether(first.context, batch, settleOne),
  );
}

function resultOf(outcome: Outcome) {
  if (outcome.type === "too_soon") return null;
  return outcome.type === "opened" ? { result: outcome.opening } : { error: outcome.error };
}
