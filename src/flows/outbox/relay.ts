/**
 * Gets messages to their destinations: at least once, and in order, for a line's first message is tried until it arrives or
 * is given up before the second is looked at. A line is claimed by its row, for a while: any number of processes work at
 * once, and what a killed one held is taken up by another. Nothing of it is in a transaction while somebody is waited for.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { DestinationType } from "../../core/outbox.ts";
import { addSeconds, secondsBetween } from "../../core/time.ts";
import {
  claimDestinations,
  type Destination,
  findClaimed,
  prolongClaim,
  releaseClaim,
} from "../../store/outbox/destinations.ts";
import { findFirstWaiting, hasWaiting, type WaitingMessage } from "../../store/outbox/messages.ts";
import type { Context } from "../context.ts";
import { judge, type Tried } from "./judge.ts";
import { sendMail } from "./sendMail.ts";
import { type Outcome, sendWebhook } from "./sendWebhook.ts";
import { sortOutbox } from "./sort.ts";

/** Longer than any try takes. */
const CLAIM_SECONDS = 90;
/** So long one line is worked at before others have their turn. */
const TURN_SECONDS = 20;
const LOOK_AGAIN_MILLISECONDS = 500;

/** How many lines are worked at side by side. Those that fail hang for long, and hang among themselves. */
const SLOTS = [
  { failing: false, most: 128 },
  { failing: true, most: 32 },
] as const;

const SEND: Readonly<
  Record<
    DestinationType,
    (
      context: Context,
      to: Destination,
      message: WaitingMessage,
      at: Date,
      stopping?: AbortSignal,
    ) => Promise<Outcome>
  >
> = { webhook: sendWebhook, mail: sendMail };

/** Sends what is due, and what becomes due meanwhile. Settles when nothing is. */
export async function relayOutbox(context: Context, stopping?: AbortSignal): Promise<void> {
  const pools = SLOTS.map((slots) => ({ ...slots, underWay: new Set<Promise<void>>() }));
  for (;;) {
    await sortOutbox(context);
    if (!stopping?.aborted) for (const pool of pools) await fill(context, pool, stopping);
    const underWay = pools.flatMap((pool) => [...pool.underWay]);
    if (underWay.length === 0) return;
    const waiting = new AbortController();
    await Promise.race([...underWay, pause(waiting.signal)]);
    waiting.abort();
  }
}

/** What hangs must not keep what became due meanwhile. */
function pause(signal: AbortSignal): Promise<void> {
  return sleep(LOOK_AGAIN_MILLISECONDS, undefined, { signal, ref: false }).catch(() => undefined);
}

interface Pool {
  readonly failing: boolean;
  readonly most: number;
  readonly underWay: Set<Promise<void>>;
}

async function fill(context: Context, pool: Pool, stopping: AbortSignal | undefined): Promise<void> {
  const { db, deps } = context;
  const most = pool.most - pool.underWay.size;
  if (most === 0) return;
  const at = deps.clock.now();
  const claim = deps.newId();
  const until = addSeconds(at, CLAIM_SECONDS);
  for (const destination of await claimDestinations(db, { claim, at, until, most, failing: pool.failing })) {
    const work: Promise<void> = workAt(context, destination, claim, stopping)
      // Its claim runs out, and somebody tries again.
      .catch((error: unknown) => void deps.log.warn("A line of messages could not be worked at", { error }))
      .finally(() => pool.underWay.delete(work));
    pool.underWay.add(work);
  }
}

async function workAt(
  context: Context,
  claimed: Destination,
  claim: string,
  stopping: AbortSignal | undefined,
): Promise<void> {
  const { clock, stopwatch } = context.deps;
  const begun = clock.now();
  const hasTime = (at: Date) => !stopping?.aborted && secondsBetween(begun, at) < TURN_SECONDS;
  for (let destination: Destination | null = claimed; destination; ) {
    const message = await findFirstWaiting(context.db, destination.account_id, destination.id);
    if (!message) return rest(context, destination, claim);
    const at = clock.now();
    const elapsed = stopwatch();
    const outcome = await SEND[destination.type](context, destination, message, at, stopping);
    // Broken off from this side, which says nothing of the other one.
    if (stopping?.aborted && outcome.problem !== null) return rest(context, destination, claim);
    const tried = { message, outcome, tried_at: at, seconds: elapsed() };
    destination = await record(context, destination, claim, tried, hasTime);
  }
}

/** Nothing waits. Something may since; so that is looked at once more, with the row locked. */
async function rest(context: Context, { account_id, id }: Destination, claim: string): Promise<void> {
  const at = context.deps.clock.now();
  await context.db.transaction(async (sql) => {
    if (await findClaimed(sql, account_id, id, claim))
      await releaseClaim(sql, account_id, id, (await hasWaiting(sql, account_id, id)) ? at : null);
  });
}

/** @returns The destination where its line is to be gone on with; null where it was given out of hand, or lost. */
async function record(
  context: Context,
  { account_id, id, type }: Destination,
  claim: string,
  tried: Tried,
  hasTime: (at: Date) => boolean,
): Promise<Destination | null> {
  const at = context.deps.clock.now();
  const next = await context.db.transaction(async (sql) => {
    const destination = await findClaimed(sql, account_id, id, claim);
    // Another took it for dead, or it was removed: what arrived may arrive once more.
    if (!destination) return null;
    const changed = await judge(context, sql, destination, tried, at);
    const waits = await hasWaiting(sql, account_id, id);
    const goesOn = changed.failed_tries === 0 && !changed.disabled_at && waits && hasTime(at);
    if (goesOn) await prolongClaim(sql, account_id, id, addSeconds(at, CLAIM_SECONDS));
    else await releaseClaim(sql, account_id, id, waits ? changed.due_at : null);
    return goesOn ? changed : null;
  });
  const outcome = tried.outcome.problem === null ? "arrived" : "failed";
  context.deps.metrics.messageTries.inc({ destination: type, outcome });
  return next;
}
