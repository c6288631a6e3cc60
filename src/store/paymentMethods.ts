/** How accounts pay at the payment service. */
import { LOCKED, type Sql } from "./db.ts";

/** `none`: nothing is on file, so an invoice is sent. `lost`: the service says that what was on file is no more. */
export type PaymentMethodState = "none" | "connected" | "lost";

export interface PaymentMethod {
  readonly account_id: string;
  /** Who the account is at the payment service; the same for good. */
  readonly customer_reference: string;
  readonly state: PaymentMethodState;
  readonly method_reference: string | null;
  /** For people: `Visa •••• 4242, 12/2030`. */
  readonly description: string;
  readonly changed_at: Date;
  /** Of the method, or the last one where it is none now, by the service's own clock. Null: never, or nobody knows. */
  readonly connected_at: Date | null;
}

const METHOD =
  "account_id, customer_reference, state, method_reference, description, changed_at, connected_at";

export async function findPaymentMethod(
  sql: Sql,
  accountId: string,
  lock = false,
): Promise<PaymentMethod | undefined> {
  const statement = `select ${METHOD} from payment_method where account_id = $1 ${lock ? LOCKED : ""}`;
  return (await sql.query<PaymentMethod>(statement, [accountId]))[0];
}

/** Whose it is; undefined where it is nobody's (any more). */
export async function findMethodByReference(sql: Sql, reference: string): Promise<PaymentMethod | undefined> {
  const statement = `select ${METHOD} from payment_method where method_reference = $1`;
  return (await sql.query<PaymentMethod>(statement, [reference]))[0];
}

/** Keeps the customer that is there: an account is one customer for good. */
export async function insertCustomer(
  sql: Sql,
  accountId: string,
  customerReference: string,
  at: Date,
): Promise<void> {
  await sql.query(
    `insert into payment_method (account_id, customer_reference, state, changed_at) values ($1, $2, 'none', $3)
     on conflict (account_id) do nothing`,
    [accountId, customerReference, at],
  );
}

export async function updatePaymentMethod(sql: Sql, method: PaymentMethod): Promise<void> {
  await sql.query(
    `update payment_method set state = $2, method_reference = $3, description = $4, changed_at = $5, connected_at = $6
     where account_id = $1`,
    [
      method.account_id,
      method.state,
      method.method_reference,
      method.description,
      method.changed_at,
      method.connected_at,
    ],
  );
}

/** Whether anybody waits to hear what became of a payment of the account. */
export async function isPaymentUnderWay(sql: Sql, accountId: string, adapter: string): Promise<boolean> {
  const rows = await sql.query(
    `select 1 from payment where account_id = $1
       and (state = 'requested' or (state = 'pending' and adapter = $2)) limit 1`,
    [accountId, adapter],
  );
  return rows.length > 0;
}

export async function hasPayment(sql: Sql, accountId: string, id: string): Promise<boolean> {
  return (
    (await sql.query("select 1 from payment where account_id = $1 and id = $2", [accountId, id])).length > 0
  );
}
