/** Where events go: webhooks and e-mail addresses, each with a line of messages that one sender at a time works at. */
import type { DestinationType } from "../../core/outbox.ts";
import { LOCKED, type Sql } from "../db.ts";
import { type Page, readPage } from "../listing/page.ts";

export interface Destination {
  readonly account_id: string;
  readonly id: string;
  readonly type: DestinationType;
  /** A URL, or an e-mail address. */
  readonly target: string;
  readonly description: string;
  /** Empty: all that there are for its type. */
  readonly event_types: readonly string[];
  readonly language: string;
  /** Sealed; null of e-mail. */
  readonly secret: string | null;
  readonly previous_secret: string | null;
  readonly previous_secret_until: Date | null;
  /** When the first message that waits is tried; null: none waits. */
  readonly due_at: Date | null;
  readonly failed_tries: number;
  readonly failing_since: Date | null;
  readonly disabled_at: Date | null;
  readonly disabled_reason: string | null;
  readonly created_at: Date;
}

/** What is the same of every one that is added. */
export const NEW_DESTINATION = {
  previous_secret: null,
  previous_secret_until: null,
  due_at: null,
  failed_tries: 0,
  failing_since: null,
  disabled_at: null,
  disabled_reason: null,
} as const;

const DESTINATION = `destination.account_id, destination.id, destination.type, target, description, event_types, language, secret,
  previous_secret, previous_secret_until, due_at, failed_tries, failing_since, disabled_at, disabled_reason, destination.created_at`;

export async function insertDestination(sql: Sql, destination: Destination): Promise<void> {
  await sql.query(
    `insert into destination (account_id, id, type, target, description, event_types, language, secret, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      destination.account_id,
      destination.id,
      destination.type,
      destination.target,
      destination.description,
      destination.event_types,
      destination.language,
      destination.secret,
      destination.created_at,
    ],
  );
}

/** All that an administrator or a sender changes of one; its line and its claim excepted. */
export async function updateDestination(sql: Sql, destination: Destination): Promise<void> {
  await sql.query(
    `update destination set target = $3, description = $4, event_types = $5, language = $6, secret = $7, previous_secret = $8,
       previous_secret_until = $9, due_at = $10, failed_tries = $11, failing_since = $12, disabled_at = $13, disabled_reason = $14
     where account_id = $1 and id = $2`,
    [
      destination.account_id,
      destination.id,
      destination.target,
      destination.description,
      destination.event_types,
      destination.language,
      destination.secret,
      destination.previous_secret,
      destination.previous_secret_until,
      destination.due_at,
      destination.failed_tries,
      destination.failing_since,
      destination.disabled_at,
      destination.disabled_reason,
    ],
  );
}

/** With its messages. */
export async function deleteDestination(sql: Sql, accountId: string, id: string): Promise<void> {
  await sql.query("delete from destination where account_id = $1 and id = $2", [accountId, id]);
}

export async function findDestination(
  sql: Sql,
  accountId: string,
  id: string,
  lock = false,
): Promise<Destination | undefined> {
  return (
    await sql.query<Destination>(
      `select ${DESTINATION} from destination where account_id = $1 and id = $2 ${lock ? LOCKED : ""}`,
      [accountId, id],
    )
  )[0];
}

export function pageOfDestinations(
  sql: Sql,
  accountId: string,
  type: DestinationType,
  page: Page,
): Promise<Destination[]> {
  return readPage<Destination>(
    sql,
    {
      select: `select ${DESTINATION} from destination`,
      account_id: accountId,
      where: [["type = ?", type]],
      table: "destination",
    },
    page,
  );
}

export async function countDestinations(sql: Sql, accountId: string, type: DestinationType): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    "select count(*) as count from destination where account_id = $1 and type = $2",
    [accountId, type],
  );
  return row?.count ?? 0;
}

/** Another one of the account with the same address; upper and lower case count as the same. */
export async function findMailTo(sql: Sql, accountId: string, address: string): Promise<string | undefined> {
  const [row] = await sql.query<{ id: string }>(
    "select id from destination where account_id = $1 and type = 'mail' and lower(target) = lower($2)",
    [accountId, address],
  );
  return row?.id;
}

/** All of an account, with their rows locked: nobody else adds to their lines until the transaction ends. */
export function lockDestinationsOf(sql: Sql, accountId: string): Promise<Destination[]> {
  return sql.query<Destination>(
    `select ${DESTINATION} from destination where account_id = $1 order by id ${LOCKED}`,
    [accountId],
  );
}

/** Their lines have something to send. Those that wait out a failure go on waiting. */
export async function makeDue(sql: Sql, accountId: string, ids: readonly string[], at: Date): Promise<void> {
  await sql.query(
    "update destination set due_at = coalesce(due_at, $3) where account_id = $1 and id = any($2::uuid[])",
    [accountId, ids, at],
  );
}

export interface Claiming {
  readonly claim: string;
  readonly at: Date;
  readonly until: Date;
  readonly most: number;
  /** Those whose last try failed, or the others: they are sent to side by side. */
  readonly failing: boolean;
}

/** Takes lines that are due and that nobody has, or whose sender has not been heard of for too long. */
export function claimDestinations(
  sql: Sql,
  { claim, at, until, most, failing }: Claiming,
): Promise<Destination[]> {
  return sql.query<Destination>(
    `update destination set claim = $1, claimed_until = $3
     from (select account_id, id from destination
       where due_at <= $2 and disabled_at is null and (claimed_until is null or claimed_until <= $2)
         and (failed_tries > 0) = $5
       order by due_at limit $4 for update skip locked) as due
     where destination.account_id = due.account_id and destination.id = due.id
     returning ${DESTINATION}`,
    [claim, at, until, most, failing],
  );
}

/** Its row, locked, if the claim still holds; undefined where another sender has it, or it is gone. */
export async function findClaimed(
  sql: Sql,
  accountId: string,
  id: string,
  claim: string,
): Promise<Destination | undefined> {
  return (
    await sql.query<Destination>(
      `select ${DESTINATION} from destination where account_id = $1 and id = $2 and claim = $3 ${LOCKED}`,
      [accountId, id, claim],
    )
  )[0];
}

export async function prolongClaim(sql: Sql, accountId: string, id: string, until: Date): Promise<void> {
  await sql.query("update destination set claimed_until = $3 where account_id = $1 and id = $2", [
    accountId,
    id,
    until,
  ]);
}

/** @param dueAt When to come back to its line; null: when something is added to it. */
export async function releaseClaim(
  sql: Sql,
  accountId: string,
  id: string,
  dueAt: Date | null,
): Promise<void> {
  await sql.query(
    "update destination set claim = null, claimed_until = null, due_at = $3 where account_id = $1 and id = $2",
    [accountId, id, dueAt],
  );
}

/** Webhooks with a secret that is sealed under another key than `keyId`, after one of them by account and id. */
export function listSealedElsewhere(
  sql: Sql,
  keyId: string,
  after: Pick<Destination, "account_id" | "id"> | null,
  most: number,
): Promise<Pick<Destination, "account_id" | "id">[]> {
  return sql.query(
    `select account_id, id from destination
     where type = 'webhook' and ($2::uuid is null or (account_id, id) > ($2, $3::uuid))
       and (not starts_with(secret, $1 || '.') or coalesce(not starts_with(previous_secret, $1 || '.'), false))
     order by account_id, id limit $4`,
    [keyId, after?.account_id ?? null, after?.id ?? null, most],
  );
}
