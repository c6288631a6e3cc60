/** What becomes of a grade and its target after a try. */
import { pauseAfter } from "../../../core/lti/grade.ts";
import { addDays, addSeconds, later } from "../../../core/time.ts";
import type { Sql } from "../../../store/db.ts";
import {
  type DueTarget,
  findClaimedTarget,
  notePostponed,
  noteTold,
  prolongTargetClaim,
  releaseTarget,
  settleGrade,
  type WaitingGrade,
} from "../../../store/lti/gradeOutbox.ts";
import { raiseAlert } from "../../alerts.ts";
import type { Context } from "../../context.ts";
import type { FailedOutcome, GradeOutcome, GradeToTell } from "./port.ts";

/** Longer than any try takes, line items found and made included. */
export const CLAIM_SECONDS = 240;

export interface TriedGrade {
  readonly grade: WaitingGrade;
  readonly toTell: GradeToTell;
  readonly outcome: GradeOutcome;
}

/** @returns The target as it is now, where its line goes on; null where it was given out of hand, or lost. */
export function record(
  context: Context,
  target: DueTarget,
  claim: string,
  tried: TriedGrade,
): Promise<DueTarget | null> {
  const at = context.deps.clock.now();
  const { outcome } = tried;
  countTry(context, target, tried, at);
  return claimed(context, target, claim, async (sql, current) => {
    if (outcome.type === "told") return told(sql, current, tried, outcome.remark ?? null, at);
    if (outcome.type === "postponed") return postponed(sql, current, addSeconds(at, outcome.seconds));
    return failedTry(context, sql, current, tried.grade, outcome, at);
  });
}

/** It has nothing to say to this gradebook. */
export function passOver(
  context: Context,
  target: DueTarget,
  claim: string,
  { number }: WaitingGrade,
): Promise<DueTarget | null> {
  const at = context.deps.clock.now();
  return claimed(context, target, claim, async (sql, current) => {
    await settleGrade(sql, current, number, { status: "passed_over", at, is_try: false, problem: null });
    await prolongTargetClaim(sql, current, addSeconds(at, CLAIM_SECONDS));
    return current;
  });
}

/** Where another took it for dead, what arrived may arrive once more: with the same time, so it is refused or changes nothing. */
function claimed(
  { db }: Context,
  { account_id, id }: DueTarget,
  claim: string,
  work: (sql: Sql, current: DueTarget) => Promise<DueTarget | null>,
): Promise<DueTarget | null> {
  return db.transaction(async (sql) => {
    const current = await findClaimedTarget(sql, account_id, id, claim);
    return current ? work(sql, current) : null;
  });
}

async function told(
  sql: Sql,
  target: DueTarget,
  { grade, toTell }: TriedGrade,
  remark: string | null,
  at: Date,
): Promise<DueTarget> {
  const { message, timestamp } = toTell;
  await settleGrade(sql, target, grade.number, { status: "delivered", at, is_try: true, problem: remark });
  await noteTold(sql, target, message, timestamp);
  await prolongTargetClaim(sql, target, addSeconds(at, CLAIM_SECONDS));
  return { ...target, told: message, told_at: timestamp };
}

async function postponed(sql: Sql, target: DueTarget, dueAt: Date): Promise<null> {
  await releaseTarget(sql, target, dueAt);
  return null;
}

async function failedTry(
  context: Context,
  sql: Sql,
  target: DueTarget,
  grade: WaitingGrade,
  { problem, blame, wished_seconds }: FailedOutcome,
  at: Date,
): Promise<DueTarget | null> {
  // A place that came up long after the course was taken has its days too.
  const began = later(grade.occurred_at, target.created_at);
  if (at >= addDays(began, context.config.GRADE_RETRY_DAYS)) {
    await settleGrade(sql, target, grade.number, { status: "given_up", at, is_try: true, problem });
    if (blame === "platform") await tellGivenUp(context, sql, target, problem, at);
    await prolongTargetClaim(sql, target, addSeconds(at, CLAIM_SECONDS));
    return target;
  }
  const tries = grade.tries + 1;
  const pause = pauseAfter({
    tries,
    is_refused: blame === "grade",
    wished_seconds,
    chance: chanceOf(context),
  });
  const next_try_at = addSeconds(at, pause);
  await notePostponed(sql, target, grade.number, { problem, next_try_at });
  const launch_wakes_after = wished_seconds === null ? at : null;
  await releaseTarget(sql, target, next_try_at, { refused: blame === "grade", launch_wakes_after });
  return null;
}

/** From 0 to 1. */
function chanceOf({ deps }: Context): number {
  return Buffer.from(deps.newSecret(4), "base64url").readUInt32BE() / 2 ** 32;
}

/** Once for a platform and day, however many learners it concerns. */
async function tellGivenUp(
  context: Context,
  sql: Sql,
  target: DueTarget,
  problem: string,
  at: Date,
): Promise<void> {
  const { account_id, lane, attempt_id, registration_id } = target;
  const registration =
    registration_id === null ? null : await context.lti.registrations.byId(registration_id);
  const platform = registration?.name ?? hostOf(target);
  await raiseAlert(context, sql, at, {
    account_id,
    type: "grades.given_up",
    key: `${lane} ${at.toISOString().slice(0, 10)}`,
    data: { platform, attempt_id, problem },
  });
}

/** Of a registration that has ended, or of LTI 1.1, which has none. */
function hostOf({ outcome_url, line_item_url, line_items_url }: DueTarget): string {
  const url = outcome_url ?? line_item_url ?? line_items_url ?? "";
  return URL.canParse(url) ? new URL(url).host : "";
}

function countTry(
  { lti, deps }: Context,
  { lane, service }: DueTarget,
  { grade, outcome }: TriedGrade,
  at: Date,
): void {
  if (outcome.type === "postponed") return;
  deps.metrics.gradeTries.inc({ service, outcome: outcome.type });
  if (outcome.type === "told")
    deps.metrics.gradeSeconds.observe({ service }, (at.getTime() - grade.occurred_at.getTime()) / 1000);
  if (outcome.type === "failed" && outcome.blame === "platform")
    lti.gradeLanes.failed(lane, at, outcome.wished_seconds);
  else lti.gradeLanes.answered(lane);
}
