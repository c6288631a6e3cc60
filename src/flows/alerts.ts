/** Raises alerts: what people are to look at, each once. Licenses' own are found by `runDueAlerts`. */
import type { AlertType, EventData } from "../core/events.ts";
import { insertAlert } from "../store/alerts.ts";
import type { Sql } from "../store/db.ts";
import type { Context } from "./context.ts";
import { tell } from "./outbox.ts";

export interface Raised<Type extends AlertType> {
  readonly account_id: string;
  readonly type: Type;
  /** What makes it another one than the last; of one type and key there is one alert. */
  readonly key: string;
  readonly data: EventData[Type];
  readonly license_id?: string;
  /** False: webhooks alone hear of it; if not given, e-mail tells it too. */
  readonly by_mail?: boolean;
}

/** In the transaction of what it tells of. @returns False where it had been raised before. */
export async function raiseAlert<Type extends AlertType>(
  context: Pick<Context, "deps">,
  sql: Sql,
  at: Date,
  { account_id, type, key, data, license_id, by_mail }: Raised<Type>,
): Promise<boolean> {
  const isNew = await insertAlert(sql, {
    account_id,
    id: context.deps.newId(),
    type,
    key: `${type} ${key}`,
    license_id: license_id ?? null,
    data,
    raised_at: at,
  });
  if (isNew)
    await tell(context, sql, at, { account_id, type, data, ...(by_mail === false ? { by_mail } : {}) });
  return isNew;
}

/**
 * The deposit has fallen below its low mark.
 * @param dip What makes this fall another one than the last: the id of the last line that filled the deposit up to the mark (a
 * top-up, or what a statement credited), or of its first line where none ever did.
 */
export function alertDepositLow(
  context: Pick<Context, "deps">,
  sql: Sql,
  at: Date,
  {
    account_id,
    dip,
    ...data
  }: EventData["deposit.low"] & { readonly account_id: string; readonly dip: string },
): Promise<boolean> {
  return raiseAlert(context, sql, at, { account_id, type: "deposit.low", key: dip, data });
}

/** @param payment What makes it another one than the last: the payment's id, however often it is tried. */
export function alertPaymentFailed(
  context: Pick<Context, "deps">,
  sql: Sql,
  at: Date,
  {
    account_id,
    payment,
    ...data
  }: EventData["payment.failed"] & { readonly account_id: string; readonly payment: string },
): Promise<boolean> {
  return raiseAlert(context, sql, at, { account_id, type: "payment.failed", key: payment, data });
}
