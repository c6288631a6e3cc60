/** An activity that is no launch, such as a sign-in that an integration reports: it counts like one (RULES §3.6). */
import { Fault } from "../core/faults.ts";
import { admit, type Book, type Decision } from "../core/licensing/admit.ts";
import { openingTerm } from "../core/licensing/book.ts";
import type { Rules } from "../core/licensing/kind.ts";
import { kindOf } from "../core/licensing/kinds/index.ts";
import { Overtaken, type Sql } from "../store/db.ts";
import type { Learner } from "../store/learners.ts";
import type { License } from "../store/licenses.ts";
import { listLotsOf } from "../store/listing/licenses.ts";
import { findActivity, insertActivity, type ReportedActivity } from "../store/reportedActivities.ts";
import { drawSeat, listSeatsOfLearner } from "../store/seats.ts";
import { requireAccount } from "./accounts.ts";
import type { Context } from "./context.ts";
import { requireLicense } from "./licenses.ts";
import { lockNamedLearner, type NamedLearner } from "./namedLearner.ts";

export interface ActivityReport {
  readonly account_id: string;
  readonly license_id: string;
  /** The caller's own: the same one is the same activity, counted once. */
  readonly external_id: string;
  readonly learner: NamedLearner;
}

/** @throws Fault `conflict` where the caller's id was another activity's, or the license's kind counts launches alone. */
export async function reportActivity(context: Context, report: ActivityReport): Promise<ReportedActivity> {
  const at = context.deps.clock.now();
  const { account_id, license_id } = report;
  const { activity, kind, took } = await context.db.transaction(async (sql) => {
    const account = await requireAccount(sql, account_id);
    if (account.closed_at) throw new Fault("account_closed", "account_id: the account is closed.");
    const license = await requireLicense(sql, account_id, license_id);
    requireCounted(license);
    const learner = await lockNamedLearner(context, sql, account_id, report.learner, at);
    const before = await findActivity(sql, account_id, report.external_id);
    const decided = before
      ? { activity: requireSame(before, report, learner), took: false }
      : await decideAndWrite(context, sql, report, license, learner, at);
    return { ...decided, kind: license.kind };
  });
  for (const change of took ? ["taken", "confirmed"] : []) context.deps.metrics.seats.inc({ change, kind });
  return activity;
}

function requireCounted({ kind }: License): void {
  if (!kindOf(kind).counts_activities)
    throw new Fault("conflict", `license_id: a ${kind} license counts launches; expected an annual plan.`);
}

function requireSame(before: ReportedActivity, report: ActivityReport, learner: Learner): ReportedActivity {
  if (before.license_id === report.license_id && before.learner_id === learner.id) return before;
  throw new Fault("conflict", "activity_id: found one that another activity was reported under.");
}

async function decideAndWrite(
  context: Context,
  sql: Sql,
  report: ActivityReport,
  license: License,
  learner: Learner,
  at: Date,
): Promise<{ readonly activity: ReportedActivity; readonly took: boolean }> {
  const { account_id, license_id, external_id } = report;
  const rules = kindOf(license.kind).rules(license.terms);
  const decision = admit(rules, await bookOf(sql, license, learner, at), at);
  const activity: ReportedActivity = {
    account_id,
    id: context.deps.newId(),
    license_id,
    external_id,
    learner_id: learner.id,
    seat_id: await seatOf(context, sql, license, learner, decision, rules),
    outcome: decision.type === "deny" ? "denied" : decision.type === "test" ? "test" : "allowed",
    code: decision.type === "deny" ? decision.code : null,
    reported_at: at,
  };
  if (!(await insertActivity(sql, activity))) throw new Overtaken("The activity was just reported");
  return { activity, took: decision.type === "take" };
}

/** As of a launch of a course that the license has, through a delivery that is open. */
async function bookOf(sql: Sql, license: License, learner: Learner, at: Date): Promise<Book> {
  const { account_id, id } = license;
  return {
    license: { ...openingTerm(license, null, at), paused: license.paused_at !== null },
    retake: false,
    refused: null,
    delivery_revoked: false,
    course_retired: false,
    course_in_license: true,
    learner: { deactivated: learner.deactivated_at !== null, test: learner.test },
    lots: await listLotsOf(sql, account_id, [id]),
    course_days: null,
    assignments: [],
    seats: await listSeatsOfLearner(sql, account_id, id, learner.id),
  };
}

async function seatOf(
  context: Context,
  sql: Sql,
  { account_id, id: license_id }: License,
  { id: learner_id }: Learner,
  decision: Decision,
  { when_full }: Rules,
): Promise<string | null> {
  if (decision.type === "enter") return decision.seat.id;
  if (decision.type !== "take") return null;
  const { lot_id, starts_at, ends_at } = decision.seat;
  if (lot_id === null) throw new Error(`License ${license_id} counts activities without lots`);
  const of = { account_id, license_id, learner_id, course_id: null };
  const seat = { ...of, id: context.deps.newId(), lot_id, starts_at, ends_at };
  // Somebody else took the last one since the lots were read: decided anew.
  if (!(await drawSeat(sql, seat, when_full))) throw new Overtaken("The lot has no seat left");
  return seat.id;
}
