/** What was sent to a webhook, and what waits: looked at, sent once more, passed over. */
import { Fault } from "../core/faults.ts";
import { hears } from "../core/outbox.ts";
import type { Sql } from "../store/db.ts";
import { type Destination, makeDue } from "../store/outbox/destinations.ts";
import {
  findMessage,
  insertMessages,
  listEventsOfSpan,
  listTries,
  type Message,
  type Span,
  skipMessage,
  type Try,
} from "../store/outbox/messages.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import { requireWebhook, type WebhookPath } from "./webhooks.ts";

export interface MessagePath extends WebhookPath {
  readonly message_id: string;
}

/** @throws Fault `not_found`. */
export async function viewMessage(
  { db }: Context,
  path: MessagePath,
): Promise<{ readonly message: Message; readonly tries: readonly (Try & { readonly number: number })[] }> {
  const message = await requireMessage(db, path);
  return { message, tries: await listTries(db, path.account_id, path.message_id) };
}

/** Its event once more, at the end of the line, under the same `webhook-id`. @returns The new message. */
export async function replayMessage(context: Context, by: By, path: MessagePath): Promise<Message> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const webhook = await requireWebhook(sql, path, true);
    const { event_id } = await requireMessage(sql, path);
    const [message_id = ""] = await queueAgain(context, sql, webhook, [event_id], at);
    await audit(context, sql, by, at, path, "replay", { event_id });
    return requireMessage(sql, { ...path, message_id });
  });
}

const MOST_REPLAYED = 10_000;

/**
 * All events of a span that the webhook listens to now, whether they were sent to it before or not.
 * @returns How many there are.
 * @throws Fault `conflict` where there are too many for once.
 */
export async function replaySpan(
  context: Context,
  by: By,
  path: WebhookPath,
  span: Span,
): Promise<{ readonly messages: number }> {
  if (span.until <= span.from) throw new Fault("body_invalid", "until: expected a time after `from`.");
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const webhook = await requireWebhook(sql, path, true);
    const events = await listEventsOfSpan(sql, path.account_id, span, MOST_REPLAYED + 1);
    if (events.length > MOST_REPLAYED)
      throw new Fault("conflict", `until: found more than ${MOST_REPLAYED} events; choose a shorter span.`);
    const heard = events.filter((event) => hears(webhook, event)).map(({ id }) => id);
    await queueAgain(context, sql, webhook, heard, at);
    await audit(context, sql, by, at, path, "replay", { ...span, messages: heard.length });
    return { messages: heard.length };
  });
}

/** A message that will never be taken holds up all that come after it: then it is given up. */
export async function skip(context: Context, by: By, path: MessagePath): Promise<Message> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const webhook = await requireWebhook(sql, path, true);
    const message = await requireMessage(sql, path);
    if (message.status !== "waiting") return message;
    await skipMessage(sql, path.account_id, path.message_id, at);
    await makeDue(sql, path.account_id, [webhook.id], at);
    await audit(context, sql, by, at, path, "skip", { event_id: message.event_id });
    return requireMessage(sql, path);
  });
}

async function queueAgain(
  context: Context,
  sql: Sql,
  { account_id, id: destination_id }: Destination,
  eventIds: readonly string[],
  at: Date,
): Promise<string[]> {
  const messages = eventIds.map((event_id) => ({ id: context.deps.newId(), destination_id, event_id }));
  await insertMessages(sql, account_id, messages, { replay: true, at });
  if (messages.length > 0) await makeDue(sql, account_id, [destination_id], at);
  return messages.map(({ id }) => id);
}

async function requireMessage(
  sql: Sql,
  { account_id, webhook_id, message_id }: MessagePath,
): Promise<Message> {
  const message = await findMessage(sql, account_id, webhook_id, message_id);
  if (!message)
    throw new Fault("not_found", `message: found none with the id ${message_id} of this webhook.`);
  return message;
}

function audit(
  context: Context,
  sql: Sql,
  by: By,
  at: Date,
  { account_id, webhook_id }: WebhookPath,
  action: string,
  after: object,
): Promise<void> {
  return writeAudit(context, sql, by, at, {
    account_id,
    action: `webhook.${action}`,
    subject: ["webhook", webhook_id],
    before: null,
    after,
  });
}
