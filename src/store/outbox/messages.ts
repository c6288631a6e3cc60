/** Messages: one event on its way to one destination; and the tries to get it there. */
import type { Sql } from "../db.ts";
import { type Page, readPage } from "../listing/page.ts";

export type MessageStatus = "waiting" | "sent" | "failed" | "skipped";

export interface Message {
  readonly account_id: string;
  readonly id: string;
  readonly destination_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly event_sequence: number;
  readonly status: MessageStatus;
  readonly replay: boolean;
  readonly tries: number;
  /** Of the last try; null: none, or nothing was answered. */
  readonly last_status_code: number | null;
  readonly last_problem: string | null;
  readonly last_tried_at: Date | null;
  /** Null: it does not wait, or others before it do. */
  readonly next_try_at: Date | null;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

export interface NewMessage {
  readonly id: string;
  readonly destination_id: string;
  readonly event_id: string;
}

/** At the ends of their lines, in this order. The rows of their destinations are locked. */
export async function insertMessages(
  sql: Sql,
  accountId: string,
  messages: readonly NewMessage[],
  { replay, at }: { readonly replay: boolean; readonly at: Date },
): Promise<void> {
  await sql.query(
    `insert into message (account_id, id, destination_id, event_id, status, replay, created_at)
     select $1, id, destination_id, event_id, 'waiting', $5, $6
     from unnest($2::uuid[], $3::uuid[], $4::uuid[]) with ordinality as new (id, destination_id, event_id, number)
     order by number`,
    [
      accountId,
      messages.map(({ id }) => id),
      messages.map(({ destination_id }) => destination_id),
      messages.map(({ event_id }) => event_id),
      replay,
      at,
    ],
  );
}

/** What is to be sent: the first of a line. */
export interface WaitingMessage {
  readonly id: string;
  readonly event_id: string;
  readonly type: string;
  readonly data: object;
  readonly occurred_at: Date;
  readonly sequence: number;
  readonly tries: number;
  readonly account_name: string;
}

export async function findFirstWaiting(
  sql: Sql,
  accountId: string,
  destinationId: string,
): Promise<WaitingMessage | undefined> {
  return (
    await sql.query<WaitingMessage>(
      `select message.id, event_id, event.type, data, occurred_at, sequence, tries, account.name as account_name
       from message
         join event on event.account_id = message.account_id and event.id = message.event_id
         join account on account.id = message.account_id
       where message.account_id = $1 and destination_id = $2 and status = 'waiting'
       order by place limit 1`,
      [accountId, destinationId],
    )
  )[0];
}

export async function hasWaiting(sql: Sql, accountId: string, destinationId: string): Promise<boolean> {
  const rows = await sql.query(
    "select 1 from message where account_id = $1 and destination_id = $2 and status = 'waiting' limit 1",
    [accountId, destinationId],
  );
  return rows.length > 0;
}

export interface Try {
  readonly tried_at: Date;
  readonly seconds: number;
  readonly status_code: number | null;
  /** Null: it arrived. */
  readonly problem: string | null;
}

/** @param status What becomes of the message, unless somebody skipped it meanwhile. */
export async function recordTry(
  sql: Sql,
  accountId: string,
  messageId: string,
  { tried_at, seconds, status_code, problem }: Try,
  status: Exclude<MessageStatus, "skipped">,
): Promise<void> {
  await sql.query(
    `with tried as (
       update message set tries = tries + 1, status = case when status = 'waiting' then $3 else status end,
         ended_at = case when status <> 'waiting' then ended_at when $3 = 'waiting' then null else $4::timestamptz end
       where account_id = $1 and id = $2 returning tries
     )
     insert into message_try (account_id, message_id, number, tried_at, seconds, status_code, problem)
     select $1, $2, tries, $4, $5, $6, $7 from tried`,
    [accountId, messageId, status, tried_at, seconds, status_code, problem],
  );
}

export async function skipMessage(sql: Sql, accountId: string, messageId: string, at: Date): Promise<void> {
  await sql.query(
    "update message set status = 'skipped', ended_at = $3 where account_id = $1 and id = $2 and status = 'waiting'",
    [accountId, messageId, at],
  );
}

const FIRST_OF_LINE = `not exists (select 1 from message as before where before.account_id = message.account_id
  and before.destination_id = message.destination_id and before.status = 'waiting' and before.place < message.place)`;

const MESSAGE = `select message.account_id, message.id, message.destination_id, message.event_id, event.type as event_type,
    event.sequence as event_sequence, message.status, message.replay, message.tries,
    last.status_code as last_status_code, last.problem as last_problem, last.tried_at as last_tried_at,
    case when message.status = 'waiting' and destination.disabled_at is null and ${FIRST_OF_LINE} then destination.due_at
      end as next_try_at,
    message.created_at, message.ended_at
  from message
    join event on event.account_id = message.account_id and event.id = message.event_id
    join destination on destination.account_id = message.account_id and destination.id = message.destination_id
    left join message_try as last on last.account_id = message.account_id and last.message_id = message.id
      and last.number = message.tries`;

export function pageOfMessages(
  sql: Sql,
  accountId: string,
  filter: { readonly destination_id: string; readonly status?: string | undefined },
  page: Page,
): Promise<Message[]> {
  return readPage<Message>(
    sql,
    {
      select: MESSAGE,
      account_id: accountId,
      where: [
        ["message.destination_id = ?", filter.destination_id],
        ["message.status = ?", filter.status],
      ],
      table: "message",
    },
    page,
  );
}

export async function findMessage(
  sql: Sql,
  accountId: string,
  destinationId: string,
  id: string,
): Promise<Message | undefined> {
  return (
    await sql.query<Message>(
      `${MESSAGE} where message.account_id = $1 and message.destination_id = $2 and message.id = $3`,
      [accountId, destinationId, id],
    )
  )[0];
}

export function listTries(
  sql: Sql,
  accountId: string,
  messageId: string,
): Promise<(Try & { readonly number: number })[]> {
  return sql.query(
    `select number, tried_at, seconds, status_code, problem from message_try
     where account_id = $1 and message_id = $2 order by number`,
    [accountId, messageId],
  );
}

export interface Span {
  readonly from: Date;
  /** Not included. */
  readonly until: Date;
}

/** Events of a span that are sorted, in their order. */
export function listEventsOfSpan(
  sql: Sql,
  accountId: string,
  { from, until }: Span,
  most: number,
): Promise<{ id: string; type: string; by_mail: boolean; only_destination_id: string | null }[]> {
  return sql.query(
    `select id, type, by_mail, only_destination_id from event
     where account_id = $1 and occurred_at >= $2 and occurred_at < $3 and sequence is not null
     order by sequence limit $4`,
    [accountId, from, until, most],
  );
}
