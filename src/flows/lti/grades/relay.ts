/**
 * Gets grades to gradebooks: each once, in order for its target, at the latest after the platform has been back for some
 * minutes. A target is claimed by its row, for a while: any number of processes work at once, and what a killed one held is
 * taken up by another. Nothing is in a transaction while a platform is waited for (docs/lti-grades.md).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type GradeMessage, gradeMessageOf, scoreOf, timeToTell } from "../../../core/lti/grade.ts";
import { addSeconds, later, secondsBetween } from "../../../core/time.ts";
import {
  catchUp,
  claimTargets,
  type DueTarget,
  findClaimedTarget,
  findFirstGrade,
  findSamePlace,
  listDueLanes,
  lockIdleTargets,
  passOverRefused,
  releaseTarget,
  restTargets,
  type SamePlace,
  SETTLED_SECONDS,
  type WaitingGrade,
} from "../../../store/lti/gradeOutbox.ts";
import type { Context } from "../../context.ts";
import { CLAIM_SECONDS, passOver, record } from "./judge.ts";
import type { GradeToTell } from "./port.ts";
import { GRADE_SERVICES } from "./services.ts";

/** So long one target is worked at before others have their turn. */
const TURN_SECONDS = 20;
const LOOK_AGAIN_MILLISECONDS = 500;
/** An earlier attempt's grades come first. */
const BEHIND_SECONDS = 5;
/** New targets that are put to rest together. */
const MOST_IDLE = 500;

/** How many are sent side by side: to platforms that answer, and to those that lately did not. */
const SLOTS = [
  { failing: false, most: 64, most_of_lane: 4 },
  { failing: true, most: 16, most_of_lane: 1 },
] as const;

type Pool = (typeof SLOTS)[number];

interface UnderWay {
  readonly lane: string;
  readonly pool: Pool;
  readonly work: Promise<void>;
}

interface Running {
  readonly underWay: Set<UnderWay>;
  /** The lane of each pool that was given a slot last: the next slot is of one behind it. */
  readonly served: Map<Pool, string>;
  readonly stopping: AbortSignal | undefined;
}

/** Sends what is due, and what becomes due meanwhile. Settles when nothing is. */
export async function runDueGrades(context: Context, stopping?: AbortSignal): Promise<void> {
  const running: Running = { underWay: new Set(), served: new Map(), stopping };
  const { underWay } = running;
  for (;;) {
    if (!stopping?.aborted) await fill(context, running);
    if (underWay.size === 0) return;
    const waiting = new AbortController();
    await Promise.race([...[...underWay].map(({ work }) => work), pause(waiting.signal)]);
    waiting.abort();
  }
}

/** What hangs must not keep what became due meanwhile. */
function pause(signal: AbortSignal): Promise<void> {
  return sleep(LOOK_AGAIN_MILLISECONDS, undefined, { signal, ref: false }).catch(() => undefined);
}

async function fill(context: Context, running: Running): Promise<void> {
  const { db, deps, lti } = context;
  const at = deps.clock.now();
  const due = await listDueLanes(db, at);
  for (const pool of SLOTS)
    for (const lane of inTurn(due, running.served.get(pool)))
      if (lti.gradeLanes.isFailing(lane) === pool.failing) await serve(context, running, { lane, pool, at });
}

/** One after the other, from the one behind who was served last: where many have more waiting than there are slots, each has a turn. */
function inTurn(lanes: readonly string[], last: string | undefined): readonly string[] {
  const sorted = [...lanes].sort();
  const next = last === undefined ? 0 : sorted.findIndex((lane) => lane > last);
  return next <= 0 ? sorted : [...sorted.slice(next), ...sorted.slice(0, next)];
}

interface Served {
  readonly lane: string;
  readonly pool: Pool;
  readonly at: Date;
}

async function serve(
  context: Context,
  { underWay, served, stopping }: Running,
  { lane, pool, at }: Served,
): Promise<void> {
  const { db, deps, lti } = context;
  while ((await restIdle(context, lane, at)) === MOST_IDLE);
  if (lti.gradeLanes.isPaused(lane, at)) return;
  const most = freeSlots([...underWay], pool, lane);
  if (most <= 0) return;
  const claim = deps.newId();
  const until = addSeconds(at, CLAIM_SECONDS);
  for (const target of await claimTargets(db, { lane, claim, at, until, most })) {
    served.set(pool, lane);
    start(context, underWay, { target, claim, pool, stopping });
  }
}

/**
 * Every launch from a new link leaves a target, of which most have nothing to tell: each by itself they would cost more than it.
 * @returns How many are at rest now.
 */
async function restIdle({ db }: Pick<Context, "db">, lane: string, at: Date): Promise<number> {
  const createdUntil = addSeconds(at, -SETTLED_SECONDS);
  return db.transaction(async (sql) => {
    const idle = await lockIdleTargets(sql, { lane, at, createdUntil, most: MOST_IDLE });
    if (idle.length === 0) return 0;
    // With the rows locked, whatever was saved meanwhile is seen.
    await catchUp(sql, idle);
    return restTargets(sql, idle);
  });
}

function freeSlots(underWay: readonly UnderWay[], pool: Pool, lane: string): number {
  const ofPool = underWay.filter((one) => one.pool === pool).length;
  const ofLane = underWay.filter((one) => one.lane === lane).length;
  return Math.min(pool.most - ofPool, pool.most_of_lane - ofLane);
}

interface Task {
  readonly target: DueTarget;
  readonly claim: string;
  readonly pool: Pool;
  readonly stopping: AbortSignal | undefined;
}

function start(context: Context, underWay: Set<UnderWay>, task: Task): void {
  const { target, pool } = task;
  const work = workAt(context, task)
    // Its claim runs out, and somebody tries again.
    .catch((error: unknown) => void context.deps.log.warn("A grade could not be worked at", { error }))
    .finally(() => underWay.delete(one));
  const one: UnderWay = { lane: target.lane, pool, work };
  underWay.add(one);
}

async function workAt(context: Context, { target: claimed, claim, stopping }: Task): Promise<void> {
  const { clock } = context.deps;
  const begun = clock.now();
  for (let target: DueTarget | null = claimed; target; ) {
    const at = clock.now();
    const grade = await findFirstGrade(context.db, target);
    if (!grade) return rest(context, target, claim);
    const place = await findSamePlace(context.db, target);
    const waitsFor = behindWhat(place, grade);
    const hasTime = !stopping?.aborted && secondsBetween(begun, at) < TURN_SECONDS;
    if (waitsFor === "earlier" || !hasTime) {
      const dueAt = waitsFor === "earlier" ? addSeconds(at, BEHIND_SECONDS) : at;
      return release(context, target, claim, dueAt);
    }
    if (waitsFor === "refused") {
      await passOverRefused(context.db, target, at);
      continue;
    }
    target = await tellOne(context, { target, claim, grade, place, stopping });
  }
}

/** A refused one may be taken yet, so it waits for as long as nothing better is there; but not in the way of a score. */
function behindWhat({ is_behind, is_behind_refused }: SamePlace, { rollup }: WaitingGrade) {
  if (is_behind) return "earlier";
  if (!is_behind_refused) return null;
  return scoreOf(rollup) === null ? "earlier" : "refused";
}

interface Turn {
  readonly target: DueTarget;
  readonly claim: string;
  readonly grade: WaitingGrade;
  readonly place: SamePlace;
  readonly stopping: AbortSignal | undefined;
}

/** @returns The target where its line goes on; null where it was given out of hand. */
async function tellOne(
  context: Context,
  { target, claim, grade, place, stopping }: Turn,
): Promise<DueTarget | null> {
  const service = GRADE_SERVICES[target.service];
  const toTell = toTellOf(target, grade, place);
  if (!service.hasPlaceFor(toTell.message) || !isNews(target, toTell.message, place))
    return passOver(context, target, claim, grade);
  const outcome = await service.deliver(context, target, toTell, stopping);
  // Broken off from this side, which says nothing of the other one.
  if (stopping?.aborted && outcome.type === "failed") {
    await release(context, target, claim, context.deps.clock.now());
    return null;
  }
  return record(context, target, claim, { grade, toTell, outcome });
}

/**
 * Not what was told already, nor what has no score where a score stands: it would be taken away (a course that is begun once
 * more has none yet).
 */
function isNews({ service, told }: DueTarget, message: GradeMessage, { is_scored }: SamePlace): boolean {
  if (message.scoreGiven === undefined && (is_scored || told?.scoreGiven !== undefined)) return false;
  const isSameScore = message.scoreGiven === told?.scoreGiven && message.scoreMaximum === told?.scoreMaximum;
  // Basic Outcomes tell a score and nothing else.
  return !isSameScore || (service === "ags" && message.activityProgress !== told?.activityProgress);
}

function toTellOf(target: DueTarget, { rollup, occurred_at }: WaitingGrade, place: SamePlace): GradeToTell {
  const { told_at } = target;
  const lastTold = told_at && place.told_at ? later(told_at, place.told_at) : (told_at ?? place.told_at);
  return { rollup, message: gradeMessageOf(rollup), timestamp: timeToTell(occurred_at, lastTold) };
}

/** Nothing waits. Something may since; so that is looked at once more, with the row locked. */
async function rest(context: Context, { account_id, id }: DueTarget, claim: string): Promise<void> {
  const at = context.deps.clock.now();
  await context.db.transaction(async (sql) => {
    const target = await findClaimedTarget(sql, account_id, id, claim);
    if (!target) return;
    const hasMore = (await catchUp(sql, [target])) || (await findFirstGrade(sql, target)) !== undefined;
    const settled = addSeconds(target.created_at, SETTLED_SECONDS);
    await releaseTarget(sql, target, hasMore ? at : at < settled ? settled : null);
  });
}

async function release(
  context: Context,
  { account_id, id }: DueTarget,
  claim: string,
  dueAt: Date,
): Promise<void> {
  await context.db.transaction(async (sql) => {
    const target = await findClaimedTarget(sql, account_id, id, claim);
    if (target) await releaseTarget(sql, target, dueAt);
  });
}
