/**
 * Has the rest of statements paid (RULES §5). An attempt is written down with its statement, and asked for afterwards, under
 * its own id as the key: whoever is killed while asking leaves it to be asked again, and it is paid once.
 */
import { Fault } from "../../core/faults.ts";
import { addSeconds } from "../../core/time.ts";
import type { Sql } from "../../store/db.ts";
import {
  type Claimed,
  claimPending,
  claimRequested,
  insertPayment,
  listPayments,
  lockPayment,
  type Payment,
  updatePayment,
} from "../../store/payments.ts";
import { findStatement } from "../../store/statements.ts";
import { alertPaymentFailed } from "../alerts.ts";
import { type By, writeAudit } from "../audited.ts";
import type { Context } from "../context.ts";
import { askablePorts, paymentPortFor } from "./adapters.ts";
import { manualInvoice } from "./manualInvoice.ts";
import type { AskablePaymentPort, PaymentResult } from "./port.ts";

const BY_ITSELF: By = { actor: "gateway", why: "" };
/** Longer than any adapter takes to answer. */
const CLAIM_SECONDS = 120;
/** As long as a message may be late; after that the adapter is asked, once in that time. */
const UNHEARD_SECONDS = 24 * 60 * 60;

/** Asks for what is requested, and looks up what an adapter has told nothing of for a day. */
export async function runDuePayments(context: Context, stopping?: AbortSignal): Promise<void> {
  await askForRequested(context, stopping);
  for (const port of askablePorts(context)) await lookUpPending(context, port, stopping);
}

/** One whose adapter can't be reached is asked for again at a later run. */
async function askForRequested(context: Context, stopping?: AbortSignal): Promise<void> {
  while (!stopping?.aborted) {
    const at = context.deps.clock.now();
    const claimed = await claimRequested(context.db, at, addSeconds(at, CLAIM_SECONDS));
    if (!claimed) return;
    try {
      await ask(context, claimed);
    } catch (error) {
      context.deps.log.warn("A payment could not be asked for; it is asked for again", {
        account: claimed.account_id,
        payment: claimed.id,
        error,
      });
    }
  }
}

/** A message that never came would leave a payment pending for good, and its statement with no way to be paid. */
async function lookUpPending(
  context: Context,
  port: AskablePaymentPort,
  stopping?: AbortSignal,
): Promise<void> {
  while (!stopping?.aborted) {
    const at = context.deps.clock.now();
    const since = addSeconds(at, -UNHEARD_SECONDS);
    const until = addSeconds(at, UNHEARD_SECONDS);
    const claimed = await claimPending(context.db, port.name, { at, since, until });
    if (!claimed) return;
    try {
      if (claimed.reference === null) throw new Error("A payment is pending without a reference");
      await recordPayment(context, BY_ITSELF, claimed, await port.lookUp(claimed.reference), port.name);
    } catch (error) {
      context.deps.log.warn(
        "A payment that is pending could not be looked up; it is looked up again in a day",
        {
          account: claimed.account_id,
          payment: claimed.id,
          error,
        },
      );
    }
  }
}

async function ask(context: Context, payment: Claimed): Promise<void> {
  const port = await paymentPortFor(context, payment.account_id);
  const result = await port.charge({
    account_id: payment.account_id,
    statement_id: payment.statement_id,
    statement_number: payment.statement_number,
    payment_id: payment.id,
    amount_minor: payment.amount_minor,
    currency: payment.currency,
    idempotency_key: payment.id,
  });
  await recordPayment(context, BY_ITSELF, payment, result, port.name);
}

/**
 * What became of a payment: as its adapter answered, or told later. Told again, or too late, it changes nothing: what is paid
 * stays paid.
 * @throws Fault `not_found`.
 */
export function recordPayment(
  context: Context,
  by: By,
  { account_id, id }: Pick<Payment, "account_id" | "id">,
  result: PaymentResult,
  adapter: string,
): Promise<Payment> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const payment = await lockPayment(sql, account_id, id);
    if (!payment) throw new Fault("not_found", `payment: found none with the id ${id} in this account.`);
    const attempts = await listPayments(sql, account_id, payment.statement_id);
    if (!changesIt(context, payment, result, attempts.at(-1))) return payment;
    return writeResult(context, sql, by, at, payment, result, adapter);
  });
}

function changesIt(
  { deps }: Context,
  payment: Payment,
  result: PaymentResult,
  last: Payment | undefined,
): boolean {
  if (payment.state === "paid" || payment.state === result.state) return false;
  if (payment.state !== "failed") return true;
  // An adapter may find out after all that it was paid.
  if (result.state === "paid" && last?.id !== payment.id)
    deps.log.error(
      "A payment that had failed was paid after another attempt had begun: one is to be given back",
      {
        account: payment.account_id,
        payment: payment.id,
        other: last?.id,
      },
    );
  return result.state === "paid" && last?.id === payment.id;
}

async function writeResult(
  context: Context,
  sql: Sql,
  by: By,
  at: Date,
  payment: Payment,
  result: PaymentResult,
  adapter: string,
): Promise<Payment> {
  const { account_id, id, statement_id, amount_minor, currency } = payment;
  const changed: Payment = {
    ...payment,
    state: result.state,
    adapter,
    reference: result.reference ?? payment.reference,
    failure: result.state === "failed" ? result.failure : null,
    ended_at: result.state === "pending" ? null : at,
  };
  await updatePayment(sql, changed);
  if (result.state === "failed")
    await alertPaymentFailed(context, sql, at, {
      account_id,
      payment: id,
      amount_minor,
      currency,
      statement_id,
      reason: result.failure,
    });
  await writeAudit(context, sql, by, at, {
    account_id,
    action: `payment.${result.state}`,
    subject: ["payment", id],
    before: { state: payment.state },
    after: { state: result.state, adapter, reference: changed.reference },
  });
  return changed;
}

/** Another attempt, after one that failed. @throws Fault `not_found`, `conflict`. */
export function requestPayment(
  context: Context,
  by: By,
  accountId: string,
  statementId: string,
): Promise<Payment> {
  return nextAttempt(context, by, accountId, statementId, {
    action: "payment.request",
    after: (last) => {
      if (last?.state !== "failed")
        throw new Fault("conflict", `statement_id: found its payment ${stateOf(last)}, expected failed.`);
      return { state: "requested", adapter: null, reference: null, ended_at: null };
    },
  });
}

/**
 * Somebody says that the rest of a statement was paid: its invoice, or in another way after a payment that failed.
 * @throws Fault `not_found`, `conflict`.
 */
export async function markPaid(
  context: Context,
  by: By,
  accountId: string,
  statementId: string,
  reference: string,
): Promise<Payment> {
  const last = await lastPayment(context.db, accountId, statementId);
  const { name } = manualInvoice;
  if (last?.state === "pending" && last.adapter === name)
    return recordPayment(context, by, last, { state: "paid", reference }, name);
  return nextAttempt(context, by, accountId, statementId, {
    action: "payment.paid",
    after: (before, at) => {
      if (before?.state !== "failed")
        throw new Fault(
          "conflict",
          `statement_id: found its payment ${stateOf(before)}, expected an invoice that is pending, or a payment that failed.`,
        );
      return { state: "paid", adapter: name, reference, ended_at: at };
    },
  });
}

function stateOf(payment: Payment | undefined): string {
  if (!payment) return "not needed";
  return payment.adapter === null ? payment.state : `${payment.state} (${payment.adapter})`;
}

interface Attempt {
  readonly action: string;
  /** @throws Fault where the last one does not let another follow. */
  after(last: Payment | undefined, at: Date): Pick<Payment, "state" | "adapter" | "reference" | "ended_at">;
}

function nextAttempt(
  context: Context,
  by: By,
  accountId: string,
  statementId: string,
  { action, after }: Attempt,
): Promise<Payment> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const last = await lastPayment(sql, accountId, statementId);
    if (last) await lockPayment(sql, accountId, last.id);
    const current = await lastPayment(sql, accountId, statementId);
    const begun = after(current, at);
    if (!current) throw new Error(`Statement ${statementId} has no payment to follow`);
    const payment: Payment = {
      ...current,
      ...begun,
      id: context.deps.newId(),
      attempt: current.attempt + 1,
      failure: null,
      requested_at: at,
    };
    await insertPayment(sql, payment);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action,
      subject: ["payment", payment.id],
      before: { state: current.state },
      after: { state: payment.state, reference: payment.reference },
    });
    return payment;
  });
}

/** @throws Fault `not_found`. */
async function lastPayment(sql: Sql, accountId: string, statementId: string): Promise<Payment | undefined> {
  if (!(await findStatement(sql, accountId, statementId)))
    throw new Fault("not_found", `statement: found none with the id ${statementId} in this account.`);
  return (await listPayments(sql, accountId, statementId)).at(-1);
}
