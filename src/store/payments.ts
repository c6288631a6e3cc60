/** Attempts to have the rest of statements paid. */
import type { PaymentState } from "../core/statement.ts";
import { LOCKED, type Sql } from "./db.ts";

export interface Payment {
  readonly account_id: string;
  /** The idempotency key, too. */
  readonly id: string;
  readonly statement_id: string;
  readonly attempt: number;
  readonly amount_minor: number;
  readonly currency: string;
  readonly state: PaymentState;
  /** Null until it was asked. */
  readonly adapter: string | null;
  readonly reference: string | null;
  readonly failure: string | null;
  readonly requested_at: Date;
  readonly ended_at: Date | null;
}

const PAYMENT =
  "account_id, id, statement_id, attempt, amount_minor, currency, state, adapter, reference, failure, requested_at, ended_at";

export async function insertPayment(sql: Sql, payment: Payment): Promise<void> {
  await sql.query(
    `insert into payment (${PAYMENT}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      payment.account_id,
      payment.id,
      payment.statement_id,
      payment.attempt,
      payment.amount_minor,
      payment.currency,
      payment.state,
      payment.adapter,
      payment.reference,
      payment.failure,
      payment.requested_at,
      payment.ended_at,
    ],
  );
}

/** Of a statement, in their order. */
export function listPayments(sql: Sql, accountId: string, statementId: string): Promise<Payment[]> {
  return sql.query<Payment>(
    `select ${PAYMENT} from payment where account_id = $1 and statement_id = $2 order by attempt`,
    [accountId, statementId],
  );
}

export async function lockPayment(sql: Sql, accountId: string, id: string): Promise<Payment | undefined> {
  return (
    await sql.query<Payment>(`select ${PAYMENT} from payment where account_id = $1 and id = $2 ${LOCKED}`, [
      accountId,
      id,
    ])
  )[0];
}

export interface Claimed extends Payment {
  readonly statement_number: number;
}

/** One that nobody is asking about now: the claim holds until then. Undefined: there is none. */
export async function claimRequested(sql: Sql, at: Date, until: Date): Promise<Claimed | undefined> {
  const columns = PAYMENT.split(", ").map((column) => `payment.${column}`);
  const rows = await sql.query<Claimed>(
    `update payment set asked_until = $2
     from (select account_id, id from payment
       where state = 'requested' and (asked_until is null or asked_until <= $1)
       order by requested_at, id limit 1 for no key update skip locked) as next
     join payment as same on same.account_id = next.account_id and same.id = next.id
     join statement on statement.account_id = same.account_id and statement.id = same.statement_id
     where payment.account_id = next.account_id and payment.id = next.id
     returning ${columns.join(", ")}, statement.number as statement_number`,
    [at, until],
  );
  return rows[0];
}

/**
 * One that an adapter said is pending, and that it has told nothing of since then, nor was asked about by anybody: it is not looked
 * up by another until then. Undefined: there is none.
 */
export async function claimPending(
  sql: Sql,
  adapter: string,
  { at, since, until }: { readonly at: Date; readonly since: Date; readonly until: Date },
): Promise<Payment | undefined> {
  const columns = PAYMENT.split(", ").map((column) => `payment.${column}`);
  const rows = await sql.query<Payment>(
    `with next as materialized (
       select account_id, id from payment
       where state = 'pending' and adapter = $1 and requested_at <= $2 and (asked_until is null or asked_until <= $3)
       order by requested_at, id limit 1 for no key update skip locked)
     update payment set asked_until = $4 from next
     where payment.account_id = next.account_id and payment.id = next.id
     returning ${columns.join(", ")}`,
    [adapter, since, at, until],
  );
  return rows[0];
}

export async function updatePayment(sql: Sql, payment: Payment): Promise<void> {
  await sql.query(
    `update payment set state = $3, adapter = $4, reference = $5, failure = $6, ended_at = $7, asked_until = null
     where account_id = $1 and id = $2`,
    [
      payment.account_id,
      payment.id,
      payment.state,
      payment.adapter,
      payment.reference,
      payment.failure,
      payment.ended_at,
    ],
  );
}
