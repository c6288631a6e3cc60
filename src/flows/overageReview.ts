/**
 * Overage review (RULES §3.4): the vendor announces an overage; for some days lines of it can be disputed; then what is undisputed and
 * was not billed before is charged, and what is disputed waits until it is settled.
 */
import { Fault } from "../core/faults.ts";
import {
  chargeableOverage,
  isDisputable,
  type OveragePeriod,
  overagePeriod,
} from "../core/licensing/overage.ts";
import { addDays } from "../core/time.ts";
import { insertCharge } from "../store/charges.ts";
import type { Sql } from "../store/db.ts";
import type { License } from "../store/licenses.ts";
import { listLotsOf } from "../store/listing/licenses.ts";
import {
  type DisputeOutcome,
  findDispute,
  findReview,
  insertDisputes,
  insertOverageCharge,
  insertReview,
  listDueReviews,
  type OverageDispute,
  type OverageReview,
  type OverageTally,
  setReviewCharged,
  settleDisputeRow,
  tallyReview,
} from "../store/overageReviews.ts";
import { findPrice, type Price } from "../store/prices.ts";
import { type By, writeAudit } from "./audited.ts";
import type { LicenseId } from "./changeLicense.ts";
import type { Context } from "./context.ts";
import { requireLicense } from "./licenses.ts";

/** Where a license's terms say nothing else (RULES §3.4). */
const DISPUTE_DAYS = 14;

export interface ReviewView extends OverageReview, OverageTally {
  /** What is undisputed now, above what was purchased and what was charged before. */
  readonly chargeable: number;
}

/** @param periodEndsAt Null: the latest period that is overdrawn. */
export async function announceOverage(
  context: Context,
  by: By,
  of: LicenseId,
  periodEndsAt: Date | null,
): Promise<ReviewView> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const license = await requireLicense(sql, of.account_id, of.license_id, true);
    const period = overagePeriod(await listLotsOf(sql, of.account_id, [of.license_id]), periodEndsAt, at);
    if (!period || period.consumed <= period.purchased)
      throw new Fault("conflict", "license_id: the license has no overage in that period.");
    await requireOveragePrice(sql, license, at);
    const review = reviewOf(context, by, license, period, at);
    if (!(await insertReview(sql, review)))
      throw new Fault("conflict", "license_id: an overage of that period is announced already.");
    const view = await viewReview(sql, review, period);
    if (view.chargeable + view.disputed < 1)
      throw new Fault("conflict", "license_id: all of the overage was charged before.");
    const { purchased, consumed, disputable_until } = review;
    await writeAudit(context, sql, by, at, {
      account_id: of.account_id,
      action: "overage.announce",
      subject: ["overage_review", review.id],
      before: null,
      after: { license_id: license.id, purchased, consumed, disputable_until },
    });
    return view;
  });
}

function reviewOf(
  context: Context,
  by: By,
  { account_id, id: license_id, terms }: License,
  { starts_at, ends_at, purchased, consumed }: OveragePeriod,
  at: Date,
): OverageReview {
  const days = terms["dispute_days"];
  return {
    account_id,
    id: context.deps.newId(),
    license_id,
    period_starts_at: starts_at,
    period_ends_at: ends_at,
    purchased,
    consumed,
    announced_at: at,
    announced_by: by.actor,
    disputable_until: addDays(at, typeof days === "number" ? days : DISPUTE_DAYS),
    charged_at: null,
  };
}

/** Each seat of the review that was not disputed before. @throws Fault `not_found`, `conflict` when the time is over. */
export async function disputeOverage(
  context: Context,
  by: By,
  accountId: string,
  reviewId: string,
  { seat_ids, reason }: { readonly seat_ids: readonly string[]; readonly reason: string },
): Promise<OverageDispute[]> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const review = await lockReview(sql, accountId, reviewId);
    if (!isDisputable(review, at))
      throw new Fault("conflict", "review: the time in which lines of it can be disputed is over.");
    const wanted = seat_ids.map((seat_id) => ({ id: context.deps.newId(), seat_id }));
    const lotIds = (await periodOf(sql, review, at)).lots.map(({ id }) => id);
    const raised = { reason, raised_at: at, raised_by: by.actor };
    const disputes = await insertDisputes(sql, review, lotIds, wanted, raised);
    if (disputes.length < new Set(seat_ids).size)
      throw new Fault("conflict", "seat_ids: expected lines of this overage that were not disputed before.");
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "overage.dispute",
      subject: ["overage_review", reviewId],
      before: null,
      after: { seat_ids, reason },
    });
    return disputes;
  });
}

export interface Settlement {
  /** `upheld`: the line is never charged; `rejected`: it is, once the time for disputes is over. */
  readonly outcome: DisputeOutcome;
  readonly note: string;
}

export async function settleDispute(
  context: Context,
  by: By,
  accountId: string,
  disputeId: string,
  { outcome, note }: Settlement,
): Promise<OverageDispute> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const named = await requireDispute(sql, accountId, disputeId);
    const review = await lockReview(sql, accountId, named.review_id);
    const dispute = await requireDispute(sql, accountId, disputeId);
    if (dispute.outcome === outcome) return dispute;
    if (dispute.outcome !== null)
      throw new Fault("conflict", `dispute: it was settled before, as ${dispute.outcome}.`);
    const settled = { ...dispute, outcome, note, settled_at: at, settled_by: by.actor };
    await settleDisputeRow(sql, settled);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "overage.settle",
      subject: ["overage_dispute", disputeId],
      before: { outcome: null },
      after: { outcome, note },
    });
    // What waited for this is due now; before the time is over, all of it is charged together.
    if (review.charged_at !== null) await chargeUndisputed(context, sql, review, at);
    return settled;
  });
}

/** Charges every review whose time is over. Safe from several processes at once. @returns How many. */
export async function runDueOverages(context: Context): Promise<number> {
  const at = context.deps.clock.now();
  const due = await listDueReviews(context.db, at);
  for (const { account_id, id } of due)
    await context.db.transaction(async (sql) => {
      const review = await lockReview(sql, account_id, id);
      if (review.charged_at !== null || isDisputable(review, at)) return;
      await chargeUndisputed(context, sql, review, at);
      await setReviewCharged(sql, account_id, id, at);
    });
  return due.length;
}

/** What was bought since the announcement covers its part of the overage. */
async function chargeUndisputed(context: Context, sql: Sql, review: OverageReview, at: Date): Promise<void> {
  const { account_id, license_id } = review;
  const { chargeable: quantity } = await viewReview(sql, review, await periodOf(sql, review, at));
  if (quantity < 1) return;
  const price = await requireOveragePrice(sql, await requireLicense(sql, account_id, license_id), at);
  const charge_id = context.deps.newId();
  await insertCharge(sql, {
    account_id,
    id: charge_id,
    license_id,
    course_id: null,
    learner_id: null,
    seat_id: null,
    reason: "overage",
    launch_id: null,
    rule: "overage_review",
    open_seconds: null,
    price_id: price.id,
    amount_minor: quantity * price.amount_minor,
    currency: price.currency,
    corrects_charge_id: null,
    made_at: at,
  });
  await insertOverageCharge(sql, { account_id, charge_id, review_id: review.id, quantity });
}

async function requireOveragePrice(sql: Sql, license: License, at: Date): Promise<Price> {
  const { account_id, kind, course_id, bundle_id } = license;
  const price = await findPrice(sql, account_id, { kind, course_id, bundle_id, covers: "overage" }, at);
  if (!price)
    throw new Fault("price_missing", `account_id: the account has no price for an overage of ${kind}.`);
  return price;
}

/** @throws Fault `not_found`, also for another account's review. */
export async function requireReview(
  context: Context,
  accountId: string,
  reviewId: string,
): Promise<ReviewView> {
  const review = await findReview(context.db, accountId, reviewId);
  if (!review) throw noSuchReview(reviewId);
  return viewReviewNow(context, review);
}

export async function viewReviewNow(context: Context, review: OverageReview): Promise<ReviewView> {
  const at = context.deps.clock.now();
  return viewReview(context.db, review, await periodOf(context.db, review, at));
}

async function viewReview(
  sql: Sql,
  review: OverageReview,
  { lots, purchased }: OveragePeriod,
): Promise<ReviewView> {
  const tally = await tallyReview(
    sql,
    review,
    lots.map(({ id }) => id),
  );
  return { ...review, ...tally, chargeable: chargeableOverage(purchased, tally) };
}

/** As it stands now: more may have been bought. */
async function periodOf(
  sql: Sql,
  { account_id, license_id, period_ends_at }: OverageReview,
  at: Date,
): Promise<OveragePeriod> {
  const period = overagePeriod(await listLotsOf(sql, account_id, [license_id]), period_ends_at, at);
  if (!period) throw new Error(`License ${license_id} has no lots that end with the review's period`);
  return period;
}

/** With its license's row, by which announcements, disputes and charges come one after the other. */
async function lockReview(sql: Sql, accountId: string, reviewId: string): Promise<OverageReview> {
  const named = await findReview(sql, accountId, reviewId);
  if (!named) throw noSuchReview(reviewId);
  await requireLicense(sql, accountId, named.license_id, true);
  return (await findReview(sql, accountId, reviewId)) ?? named;
}

function noSuchReview(reviewId: string): Fault {
  return new Fault("not_found", `overage_review: found none with the id ${reviewId} in this account.`);
}

/** @throws Fault `not_found`, also for another account's dispute. */
export async function requireDispute(
  sql: Sql,
  accountId: string,
  disputeId: string,
): Promise<OverageDispute> {
  const dispute = await findDispute(sql, accountId, disputeId);
  if (!dispute)
    throw new Fault("not_found", `overage_dispute: found none with the id ${disputeId} in this account.`);
  return dispute;
}
