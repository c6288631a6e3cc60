/**
 * Looks every few minutes how deliveries grow, and raises alarms where it is odd. Beside launches: what they wrote
 * anyway is counted afterwards. Any number of processes may look; one at a time does.
 */
import { type Growth, isNews, type Suspicion, suspicionsOf } from "../core/growth.ts";
import { addSeconds, secondsBetween } from "../core/time.ts";
import {
  countDays,
  countOrigins,
  endSweep,
  findGrowth,
  findNewestAlarm,
  GROWTH_SWEEP,
  insertAlarm,
  type StoredGrowth,
  takeSweep,
  updateAlarm,
} from "../store/growth.ts";
import { findOfPilots } from "../store/pilots.ts";
import type { Context } from "./context.ts";
import { tell } from "./outbox.ts";

const DAY_SECONDS = 24 * 60 * 60;
/** Launches are committed within this time of their opening; what comes later than that is not counted here. */
const SETTLED_SECONDS = 60;
const DELIVERIES_AT_ONCE = 200;

/** One look: counts the launches since the last one, then judges the deliveries that were launched today. */
export async function watchGrowth(context: Context): Promise<void> {
  const at = context.deps.clock.now();
  const until = addSeconds(at, -SETTLED_SECONDS);
  if (!(await count(context, until))) return;
  const day = until.toISOString().slice(0, 10);
  for (let after: string | null = null; ; ) {
    const page: readonly StoredGrowth[] = await findGrowth(context.db, day, {
      after,
      most: DELIVERIES_AT_ONCE,
    });
    for (const growth of page) await judge(context, growth, at);
    after = page.at(-1)?.delivery_id ?? null;
    if (page.length < DELIVERIES_AT_ONCE) return;
  }
}

/** @returns False where another process is at it. */
function count({ db }: Context, until: Date): Promise<boolean> {
  return db.transaction(async (sql) => {
    const from = await takeSweep(sql, GROWTH_SWEEP, addSeconds(until, -DAY_SECONDS));
    if (from === null) return false;
    if (from >= until) return true;
    await countOrigins(sql, { from, to: until });
    await countDays(sql, { from, to: until });
    await endSweep(sql, GROWTH_SWEEP, until);
    return true;
  });
}

async function judge(context: Context, stored: StoredGrowth, at: Date): Promise<void> {
  const { config } = context;
  const suspicions = suspicionsOf(growthOf(stored), {
    least_new_learners: config.ALARM_NEW_LEARNERS,
    factor: config.ALARM_GROWTH_FACTOR,
    most_origins: config.ALARM_ORIGINS,
  });
  for (const suspicion of suspicions) await raise(context, stored, suspicion, at);
}

function growthOf({ days, first_day, origins, origins_new_today }: StoredGrowth): Growth {
  const [today = { day: first_day, new_identities: 0, new_shapes: {} }, ...before] = days;
  const days_since_first = secondsBetween(new Date(first_day), new Date(today.day)) / DAY_SECONDS;
  return { today, before, days_since_first, origins, origins_new_today };
}

async function raise(
  context: Context,
  { account_id, delivery_id }: StoredGrowth,
  { type, size, evidence: numbers }: Suspicion,
  at: Date,
): Promise<void> {
  const { db, deps } = context;
  const evidence = { ...numbers, size };
  const id = deps.newId();
  const isRaised = await db.transaction(async (sql) => {
    const known = await findNewestAlarm(sql, { account_id, delivery_id, type });
    if (known && !known.acknowledged_at) {
      await updateAlarm(sql, known, evidence, at);
      return false;
    }
    if (!isNews({ type, size, evidence }, known?.evidence.size ?? null)) return false;
    if (!(await insertAlarm(sql, { account_id, id, delivery_id, type, evidence, raised_at: at })))
      return false;
    const data = { alarm_id: id, delivery_id, alarm_type: type, evidence };
    if (!(await findOfPilots(sql, account_id, [delivery_id])))
      await tell(context, sql, at, { account_id, type: "alarm.raised", data });
    return true;
  });
  if (!isRaised) return;
  deps.metrics.alarms.inc({ type });
  deps.log.warn("A delivery grows oddly", {
    account: account_id,
    delivery: delivery_id,
    alarm: id,
    type,
    evidence,
  });
}
