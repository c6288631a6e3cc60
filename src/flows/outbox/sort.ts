/**
 * Gives the events that were committed their place in the account's order, and each destination that listens a message at
 * the end of its line. One process at a time sorts an account; any number sort.
 */
import { hears } from "../../core/outbox.ts";
import type { Sql } from "../../store/db.ts";
import { lockDestinationsOf, makeDue } from "../../store/outbox/destinations.ts";
import {
  listUnsortedAccounts,
  type SortedEvent,
  sortEvents,
  takeEventLine,
} from "../../store/outbox/events.ts";
import { insertMessages } from "../../store/outbox/messages.ts";
import type { Context } from "../context.ts";

const EVENTS_LOOKED_AT = 1000;
const EVENTS_AT_ONCE = 200;

export async function sortOutbox(context: Context): Promise<void> {
  for (;;) {
    const accounts = await listUnsortedAccounts(context.db, EVENTS_LOOKED_AT);
    let sorted = 0;
    for (const accountId of accounts) sorted += await sortAccount(context, accountId);
    // None: there are no more, or others are at them.
    if (sorted === 0) return;
  }
}

/** @returns How many events were sorted. */
function sortAccount(context: Context, accountId: string): Promise<number> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const lastSequence = await takeEventLine(sql, accountId);
    if (lastSequence === null) return 0;
    const events = await sortEvents(sql, accountId, lastSequence, EVENTS_AT_ONCE);
    await queue(context, sql, accountId, events, at);
    return events.length;
  });
}

/**
 * E-mail waits only where there is a server to send it: what nobody could send for months would come all at once on the day
 * that somebody sets one.
 */
async function queue(
  context: Context,
  sql: Sql,
  accountId: string,
  events: readonly SortedEvent[],
  at: Date,
): Promise<void> {
  const destinations = (await lockDestinationsOf(sql, accountId)).filter(
    ({ type }) => type === "webhook" || context.config.SMTP_URL !== "",
  );
  const messages = events.flatMap((event) =>
    destinations
      .filter((destination) => hears(destination, event))
      .map((destination) => ({
        id: context.deps.newId(),
        destination_id: destination.id,
        event_id: event.id,
      })),
  );
  if (messages.length === 0) return;
  await makeDue(sql, accountId, [...new Set(messages.map((message) => message.destination_id))], at);
  await insertMessages(sql, accountId, messages, { replay: false, at });
}
