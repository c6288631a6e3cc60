/** Where links stand in gradebooks that do not say so by themselves: found or made once, whoever asks first. */
import type { Sql } from "../db.ts";

export interface LineItemPlace {
  readonly account_id: string;
  readonly registration_id: string;
  /** SHA-256, hexadecimal. */
  readonly place_hash: string;
}

export async function findLineItem(sql: Sql, place: LineItemPlace): Promise<string | null> {
  const [found] = await sql.query<{ url: string | null }>(
    "select url from line_item where account_id = $1 and registration_id = $2 and place_hash = $3",
    [place.account_id, place.registration_id, place.place_hash],
  );
  return found?.url ?? null;
}

/**
 * The turn to find or make it.
 * @param gone One that is known not to be there any more; null: there was none.
 * @returns False where another has the turn, or has found it meanwhile.
 */
export async function claimLineItem(
  sql: Sql,
  place: LineItemPlace,
  gone: string | null,
  at: Date,
  until: Date,
): Promise<boolean> {
  const rows = await sql.query(
    `insert into line_item as known (account_id, registration_id, place_hash, url, claimed_until)
     values ($1, $2, $3, null, $6)
     on conflict (account_id, registration_id, place_hash) do update set url = null, claimed_until = $6
     where (known.url is null or known.url = $4) and (known.claimed_until is null or known.claimed_until <= $5)
     returning 1`,
    [place.account_id, place.registration_id, place.place_hash, gone, at, until],
  );
  return rows.length > 0;
}

/** @param url Null: it was not found, and can't be made. */
export async function settleLineItem(sql: Sql, place: LineItemPlace, url: string | null): Promise<void> {
  await sql.query(
    `update line_item set url = $4, claimed_until = null
     where account_id = $1 and registration_id = $2 and place_hash = $3`,
    [place.account_id, place.registration_id, place.place_hash, url],
  );
}

/** What is told of it to the gradebook: of the course, and of the delivery that was launched last. */
export async function findLinked(
  sql: Sql,
  accountId: string,
  attemptId: string,
): Promise<{ readonly title: string; readonly delivery_key: string } | undefined> {
  const rows = await sql.query<{ title: string; delivery_key: string }>(
    `select delivery.course_title as title, delivery.key as delivery_key
     from launch join delivery on delivery.account_id = launch.account_id and delivery.id = launch.delivery_id
     where launch.account_id = $1 and launch.attempt_id = $2 order by launch.number desc limit 1`,
    [accountId, attemptId],
  );
  return rows[0];
}

/** Of the target itself: kept apart from what the platform says, which may come to name one. */
export async function setTargetLineItem(
  sql: Sql,
  accountId: string,
  targetId: string,
  url: string,
): Promise<void> {
  await sql.query("update grade_target set line_item_url = $3 where account_id = $1 and id = $2", [
    accountId,
    targetId,
    url,
  ]);
}
