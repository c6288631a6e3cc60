/** A seat's confirmation, and the one charge that goes with it (RULES §3.1). */
import type { Confirmation } from "../../core/licensing/admit.ts";
import { insertCharge } from "../../store/charges.ts";
import type { Sql } from "../../store/db.ts";
import { findPrice } from "../../store/prices.ts";
import { confirmSeat } from "../../store/seats.ts";
import type { Context } from "../context.ts";

/** What a charge names: which launch of whom made it. */
export interface ChargeEvidence {
  readonly account_id: string;
  readonly license_id: string;
  readonly kind: string;
  readonly course_id: string;
  readonly learner_id: string;
  readonly seat_id: string;
  readonly launch_id: string;
  /** For how long it had been open, as the beat had it that confirmed the seat. */
  readonly open_seconds: number;
}

/**
 * Confirms a pending seat and charges it. One that is confirmed already is left as it is: a retry, not an error.
 * @returns Whether it was confirmed now.
 */
export async function confirmAndCharge(
  context: Context,
  sql: Sql,
  evidence: ChargeEvidence,
  confirmation: Confirmation,
  at: Date,
): Promise<boolean> {
  const isConfirmed = await confirmSeat(sql, evidence.account_id, evidence.seat_id, at);
  if (isConfirmed) await chargeSeat(context, sql, evidence, confirmation, at);
  return isConfirmed;
}

/** Charges a seat that was just confirmed, at the price in force; nothing where the seat is prepaid. */
export async function chargeSeat(
  context: Context,
  sql: Sql,
  evidence: ChargeEvidence,
  confirmation: Confirmation,
  at: Date,
): Promise<void> {
  if (!confirmation.charge) return;
  const price = await findPrice(sql, evidence.account_id, evidence, at);
  if (!price) throw new Error(`License ${evidence.license_id} charges for seats but has no price`);
  await insertCharge(sql, {
    account_id: evidence.account_id,
    id: context.deps.newId(),
    license_id: evidence.license_id,
    course_id: evidence.course_id,
    learner_id: evidence.learner_id,
    seat_id: evidence.seat_id,
    reason: "seat",
    launch_id: evidence.launch_id,
    rule: confirmation.rule,
    open_seconds: Math.floor(evidence.open_seconds),
    price_id: price.id,
    amount_minor: price.amount_minor,
    currency: price.currency,
    corrects_charge_id: null,
    made_at: at,
  });
}
