/** Events as they were told, and their sorting into one order per account. */
import type { Sql } from "../db.ts";
import { type Page, readPage } from "../listing/page.ts";

export interface EventRow {
  readonly account_id: string;
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly occurred_at: Date;
  /** Null until it is sorted: a moment after its commit. */
  readonly sequence: number | null;
}

export interface NewEvent extends Omit<EventRow, "sequence"> {
  readonly by_mail: boolean;
  readonly only_destination_id: string | null;
}

export async function insertEvent(sql: Sql, event: NewEvent): Promise<void> {
  await sql.query(
    `insert into event (account_id, id, type, data, occurred_at, by_mail, only_destination_id)
     values ($1, $2, $3, $4::jsonb, $5, $6, $7)`,
    [
      event.account_id,
      event.id,
      event.type,
      JSON.stringify(event.data),
      event.occurred_at,
      event.by_mail,
      event.only_destination_id,
    ],
  );
}

/** Accounts with events that are not sorted yet, the longest waiting first. */
export async function listUnsortedAccounts(sql: Sql, most: number): Promise<string[]> {
  const rows = await sql.query<{ account_id: string }>(
    `select account_id from (select account_id, position from event where sequence is null order by position limit $1) as first
     group by account_id order by min(position)`,
    [most],
  );
  return rows.map(({ account_id }) => account_id);
}

/** The turn to sort an account's events, until the transaction ends. @returns Null where another has it. */
export async function takeEventLine(sql: Sql, accountId: string): Promise<number | null> {
  await sql.query(
    "insert into event_line (account_id, last_sequence) values ($1, 0) on conflict do nothing",
    [accountId],
  );
  const [line] = await sql.query<{ last_sequence: number }>(
    "select last_sequence from event_line where account_id = $1 for update skip locked",
    [accountId],
  );
  return line?.last_sequence ?? null;
}

export type SortedEvent = Pick<NewEvent, "id" | "type" | "by_mail" | "only_destination_id"> & {
  readonly sequence: number;
};

/**
 * Numbers what one look at the committed events shows, by position: what had been committed when another was written
 * comes before it.
 */
export async function sortEvents(
  sql: Sql,
  accountId: string,
  lastSequence: number,
  most: number,
): Promise<SortedEvent[]> {
  const sorted = await sql.query<SortedEvent>(
    `update event set sequence = numbered.sequence
     from (select id, $2 + row_number() over (order by position) as sequence
       from event where account_id = $1 and sequence is null order by position limit $3) as numbered
     where event.account_id = $1 and event.id = numbered.id
     returning event.id, type, by_mail, only_destination_id, event.sequence`,
    [accountId, lastSequence, most],
  );
  await sql.query("update event_line set last_sequence = last_sequence + $2 where account_id = $1", [
    accountId,
    sorted.length,
  ]);
  return sorted.sort((one, other) => one.sequence - other.sequence);
}

export function pageOfEvents(
  sql: Sql,
  accountId: string,
  filter: { readonly type?: string | undefined },
  page: Page,
): Promise<EventRow[]> {
  return readPage<EventRow>(
    sql,
    {
      select: "select account_id, id, type, data, occurred_at, sequence from event",
      account_id: accountId,
      where: [["type = ?", filter.type]],
      table: "event",
    },
    page,
  );
}

/** With the messages and tries that tell of them. */
export async function deleteEventsBefore(sql: Sql, before: Date, most: number): Promise<number> {
  const rows = await sql.query(
    `delete from event using (select account_id, id from event where occurred_at < $1 order by occurred_at limit $2) as old
     where event.account_id = old.account_id and event.id = old.id returning 1`,
    [before, most],
  );
  return rows.length;
}
