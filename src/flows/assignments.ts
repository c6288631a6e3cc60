/** Assigning a subscription profile to learners, and a course directly (RULES §3.5). */
import { Fault } from "../core/faults.ts";
import type { AssignmentRules, Rules } from "../core/licensing/kind.ts";
import { kindOf } from "../core/licensing/kinds/index.ts";
import { hasEnded, hasStarted } from "../core/time.ts";
import {
  type Assignment,
  findAssignment,
  findCourseOfLicense,
  findRunningAssignment,
  findRunningSeat,
  insertAssignment,
  insertDirectSeat,
} from "../store/assignments.ts";
import { insertCharge } from "../store/charges.ts";
import type { Sql } from "../store/db.ts";
import type { License } from "../store/licenses.ts";
import { findPrice } from "../store/prices.ts";
import { type By, writeAudit } from "./audited.ts";
import type { LicenseId } from "./changeLicense.ts";
import type { Context } from "./context.ts";
import { requireLicense } from "./licenses.ts";
import { lockNamedLearner, type NamedLearner } from "./namedLearner.ts";

export interface Assigned {
  readonly assignment: Assignment;
  /** Whether it was made now; otherwise the learner had one that runs. */
  readonly made: boolean;
}

/** Each learner has the license's courses from now on, for as long as the profile says. All are assigned, or none. */
export async function assignLearners(
  context: Context,
  by: By,
  of: LicenseId,
  learners: readonly NamedLearner[],
): Promise<Assigned[]> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const { license, assignment } = await requireAssignable(sql, of, at);
    const assigned: Assigned[] = [];
    for (const named of learners)
      assigned.push(await assignOne(context, sql, by, license, assignment, named, at));
    return assigned;
  });
}

async function assignOne(
  context: Context,
  sql: Sql,
  by: By,
  { account_id, id: license_id }: License,
  rules: AssignmentRules,
  named: NamedLearner,
  at: Date,
): Promise<Assigned> {
  const { id: learner_id } = await lockNamedLearner(context, sql, account_id, named, at);
  const running = await findRunningAssignment(sql, account_id, license_id, learner_id, at);
  if (running) return { assignment: running, made: false };
  const assignment: Assignment = {
    account_id,
    id: context.deps.newId(),
    license_id,
    learner_id,
    starts_at: at,
    ends_at: rules.end(at),
    assigned_by: by.actor,
  };
  await insertAssignment(sql, assignment);
  const { starts_at, ends_at } = assignment;
  await writeAudit(context, sql, by, at, {
    account_id,
    action: "assignment.create",
    subject: ["assignment", assignment.id],
    before: null,
    after: { license_id, learner_id, starts_at, ends_at },
  });
  return { assignment, made: true };
}

export interface DirectAssignment extends LicenseId {
  readonly course_id: string;
  readonly learner: NamedLearner;
}

export interface AssignedCourse {
  readonly seat_id: string;
  /** Whether it was made now; otherwise the learner had one that runs. */
  readonly made: boolean;
}

/**
 * A course assignment without a launch: it begins, and is billed, when it is created (S3). It needs no subscription; of a
 * learner who has one it ends with that at the latest. One that runs is left as it is.
 */
export async function assignCourse(
  context: Context,
  by: By,
  { account_id, license_id, course_id, learner: named }: DirectAssignment,
): Promise<AssignedCourse> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const { license, rules, assignment } = await requireAssignable(sql, { account_id, license_id }, at);
    const course_days = await requireCourseDays(sql, license, course_id);
    const learner = await lockNamedLearner(context, sql, account_id, named, at);
    if (learner.test || learner.deactivated_at)
      throw new Fault(
        "conflict",
        `learner: expected one who is not ${learner.test ? "a test identity" : "deactivated"}.`,
      );
    const of = { account_id, license_id, course_id, learner_id: learner.id };
    const running = await findRunningSeat(sql, of, at);
    if (running) return { seat_id: running.id, made: false };
    const subscription = await findRunningAssignment(sql, account_id, license_id, learner.id, at);
    const assignment_ends_at = subscription?.ends_at ?? assignment.end(at);
    const ends_at = rules.seatEnd(at, { lot_ends_at: null, course_days, assignment_ends_at });
    const seat = { ...of, id: context.deps.newId(), starts_at: at, ends_at };
    await insertDirectSeat(sql, seat);
    await chargeDirectly(context, sql, license, seat, at);
    await writeAudit(context, sql, by, at, {
      account_id,
      action: "course_assignment.create",
      subject: ["seat", seat.id],
      before: null,
      after: { license_id, course_id, learner_id: learner.id, starts_at: at, ends_at },
    });
    return { seat_id: seat.id, made: true };
  });
}

async function chargeDirectly(
  context: Context,
  sql: Sql,
  { kind, bundle_id }: License,
  {
    id: seat_id,
    account_id,
    license_id,
    course_id,
    learner_id,
  }: Omit<Parameters<typeof insertDirectSeat>[1], "ends_at">,
  at: Date,
): Promise<void> {
  const price = await findPrice(sql, account_id, { kind, course_id, bundle_id }, at);
  if (!price)
    throw new Fault("price_missing", `account_id: the account has no price for ${kind} of this course.`);
  await insertCharge(sql, {
    account_id,
    id: context.deps.newId(),
    license_id,
    course_id,
    learner_id,
    seat_id,
    reason: "seat",
    launch_id: null,
    rule: "assigned_directly",
    open_seconds: null,
    price_id: price.id,
    amount_minor: price.amount_minor,
    currency: price.currency,
    corrects_charge_id: null,
    made_at: at,
  });
}

/** @throws Fault `not_found`, also for another account's assignment. */
export async function requireAssignment(
  context: Context,
  accountId: string,
  id: string,
): Promise<Assignment> {
  const assignment = await findAssignment(context.db, accountId, id);
  if (!assignment) throw new Fault("not_found", `assignment: found none with the id ${id} in this account.`);
  return assignment;
}

/** A license whose kind is assigned, which runs and is not paused (RULES §3 "Pause"). */
async function requireAssignable(
  sql: Sql,
  of: LicenseId,
  at: Date,
): Promise<{ readonly license: License; readonly rules: Rules; readonly assignment: AssignmentRules }> {
  const license = await requireLicense(sql, of.account_id, of.license_id);
  const rules = kindOf(license.kind).rules(license.terms);
  if (!rules.assignment)
    throw new Fault(
      "conflict",
      `license_id: a ${license.kind} license is for whoever launches; it is not assigned.`,
    );
  const why = license.paused_at ? "is paused" : hasEnded(license, at) ? "has ended" : null;
  if (why || !hasStarted(license, at))
    throw new Fault("conflict", `license_id: the license ${why ?? "has not started"}; nothing is assigned.`);
  return { license, rules, assignment: rules.assignment };
}

async function requireCourseDays(sql: Sql, license: License, courseId: string): Promise<number | null> {
  const course = await findCourseOfLicense(sql, license.account_id, license.id, courseId);
  if (!course) throw new Fault("not_found", `course_id: found no course with the id ${courseId}.`);
  if (!course.in_license)
    throw new Fault("conflict", "course_id: the course does not belong to the license.");
  if (course.retired_at)
    throw new Fault("conflict", "course_id: the course is retired; expected one that is still offered.");
  return course.assignment_days;
}
