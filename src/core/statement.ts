/**
 * What stands on a statement, and how it is settled (RULES §5). Once it is made, a statement never changes; only its payments
 * go on.
 */
import type { Portion } from "./licensing/proration.ts";

/** Half-open, as every term: a line made at `period_ends_at` is of the next. */
export interface BillingPeriod {
  readonly period_starts_at: Date;
  readonly period_ends_at: Date;
}

/** The days of a month that every month has. */
export const MOST_BILLING_DAY = 28;

/** @param day Of the month, on which periods begin at 00:00 UTC. */
export function periodAt(at: Date, day: number): BillingPeriod {
  const month = at.getUTCMonth() - (at.getUTCDate() < day ? 1 : 0);
  const boundary = (months: number) => new Date(Date.UTC(at.getUTCFullYear(), month + months, day));
  return { period_starts_at: boundary(0), period_ends_at: boundary(1) };
}

/** The one after it leaves no gap: where the day was changed meanwhile, it is shorter or longer, but never under a fortnight. */
export function periodAfter({ period_ends_at }: BillingPeriod, day: number): BillingPeriod {
  const next = periodAt(period_ends_at, day);
  const isShort = next.period_ends_at.getTime() - period_ends_at.getTime() < FORTNIGHT_MILLISECONDS;
  const { period_ends_at: end } = isShort ? periodAt(next.period_ends_at, day) : next;
  return { period_starts_at: period_ends_at, period_ends_at: end };
}

const FORTNIGHT_MILLISECONDS = 14 * 24 * 60 * 60 * 1000;

/** How the running charges of a period are paid. All are zero or more. */
export interface Settlement {
  readonly deposit_drawn_minor: number;
  readonly deposit_credited_minor: number;
  /** To the payment method on file. */
  readonly due_minor: number;
}

/**
 * The deposit first, the rest to the payment method on file; a negative total is credited to the deposit.
 * @param running Charges and corrections, summed. Orders were settled when they were made.
 * @param deposit What is in it; never below zero.
 */
export function settle(running: number, deposit: number): Settlement {
  if (running <= 0) return { deposit_drawn_minor: 0, deposit_credited_minor: 0 - running, due_minor: 0 };
  const drawn = Math.min(running, deposit);
  return { deposit_drawn_minor: drawn, deposit_credited_minor: 0, due_minor: running - drawn };
}

/**
 * `settled`: nothing was left to pay. `unpaid`: the payment was not asked for yet. `pending`: it is under way; of an invoice,
 * until somebody says that it was paid. `failed`: the last attempt did. `paid`: all of it.
 */
export const STATEMENT_STATES = ["settled", "unpaid", "pending", "failed", "paid"] as const;

export type StatementState = (typeof STATEMENT_STATES)[number];

export const PAYMENT_STATES = ["requested", "pending", "failed", "paid"] as const;

export type PaymentState = (typeof PAYMENT_STATES)[number];

/** By the last attempt; null where none was made. */
export function statementState(dueMinor: number, lastPayment: PaymentState | null): StatementState {
  if (dueMinor === 0) return "settled";
  return lastPayment === null || lastPayment === "requested" ? "unpaid" : lastPayment;
}

/** One statement, without its lines: there may be a million of them, which are read page by page. */
export interface StatementView extends BillingPeriod, Settlement {
  readonly account_id: string;
  readonly id: string;
  /** Within the account: 1, 2, 3 … */
  readonly number: number;
  /** As the account was called when the period was closed. */
  readonly account_name: string;
  readonly currency: string;
  readonly lines: number;
  /** Orders, which were settled when they were made. */
  readonly ordered_minor: number;
  readonly charged_minor: number;
  /** Corrections; zero or less. */
  readonly corrected_minor: number;
  readonly deposit_before_minor: number;
  readonly deposit_after_minor: number;
  readonly state: StatementState;
  /** How far the account's chain of charges was sealed when the period was closed, and the seal there: it proves all before it. */
  readonly sealed_sequence: number;
  readonly sealed_hash: string;
  readonly closed_at: Date;
}

interface AnyLine {
  /** Of the charge or the order's line. */
  readonly id: string;
  /** From 1. */
  readonly position: number;
  readonly made_at: Date;
  readonly license_id: string;
  readonly license_short_id: string;
  readonly kind: string;
  readonly course_id: string | null;
  /** Of the course or bundle, as it was called when the period was closed; null: the whole catalog. */
  readonly title: string | null;
  readonly quantity: number;
  readonly unit_amount_minor: number;
  readonly amount_minor: number;
  readonly price_id: string | null;
}

/** Settled when it was made. */
export interface OrderLine extends AnyLine {
  readonly type: "order";
  readonly order_id: string;
  readonly order_number: number;
  /** By the tier that the quantity reached; 0: none. */
  readonly discount_basis_points: number;
  /** Of the unit's price: what was added in mid-term cost the part of the term that was left. */
  readonly portion: Portion;
}

/** Settled with the statement. What proves it: launch, seat, rule, price, and its place in the chain. */
export interface ChargeLine extends AnyLine {
  readonly type: "charge" | "correction";
  /** What it is for, as `seat`. */
  readonly reason: string;
  readonly rule: string;
  readonly launch_id: string | null;
  readonly seat_id: string | null;
  readonly learner_id: string | null;
  readonly corrects_charge_id: string | null;
  readonly sequence: number;
  readonly hash: string;
}

export type StatementLine = OrderLine | ChargeLine;
