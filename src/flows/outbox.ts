/**
 * Tells an account what happened, in the transaction in which it happens: told with it, or not at all. Who hears of it, and
 * when, is decided after the commit (outbox/sort.ts, outbox/relay.ts), so telling costs one row and waits for nobody.
 */
import { EVENTS, type EventData, type EventType } from "../core/events.ts";
import type { Sql } from "../store/db.ts";
import { insertEvent } from "../store/outbox/events.ts";
import type { Context } from "./context.ts";

export interface Told<Type extends EventType> {
  readonly account_id: string;
  readonly type: Type;
  readonly data: EventData[Type];
  /** False: webhooks alone hear of it. If not given: e-mail tells what is an alert. */
  readonly by_mail?: boolean;
  /** The only one that hears of it. */
  readonly only_destination_id?: string;
}

/**
 * @param at When it happened: the flow's one reading of the clock.
 * @returns The event's id.
 */
export async function tell<Type extends EventType>(
  context: Pick<Context, "deps">,
  sql: Sql,
  at: Date,
  { account_id, type, data, by_mail, only_destination_id }: Told<Type>,
): Promise<string> {
  const id = context.deps.newId();
  await insertEvent(sql, {
    account_id,
    id,
    type,
    data,
    occurred_at: at,
    by_mail: by_mail ?? EVENTS[type].is_alert,
    only_destination_id: only_destination_id ?? null,
  });
  return id;
}
