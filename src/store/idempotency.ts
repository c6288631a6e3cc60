/** What was already answered to requests with an Idempotency-Key. */
import type { Sql } from "./db.ts";

export interface OnceKey {
  /** Whose key it is: two callers may choose the same. */
  readonly principal: string;
  readonly key: string;
}

/**
 * Waits where the same key is being worked on.
 * @returns False where it was used before.
 */
export async function claimOnceKey(
  sql: Sql,
  { principal, key }: OnceKey,
  requestHash: string,
  at: Date,
): Promise<boolean> {
  const rows = await sql.query(
    `insert into idempotency_key (principal, key, request_hash, created_at) values ($1, $2, $3, $4)
     on conflict do nothing returning key`,
    [principal, key, requestHash, at],
  );
  return rows.length === 1;
}

export async function keepAnswer(sql: Sql, { principal, key }: OnceKey, answer: string): Promise<void> {
  await sql.query("update idempotency_key set answer = $3 where principal = $1 and key = $2", [
    principal,
    key,
    answer,
  ]);
}

export async function findAnswer(
  sql: Sql,
  { principal, key }: OnceKey,
): Promise<{ request_hash: string; answer: string } | undefined> {
  return (
    await sql.query<{ request_hash: string; answer: string }>(
      "select request_hash, answer from idempotency_key where principal = $1 and key = $2",
      [principal, key],
    )
  )[0];
}

/** A few at a time, by whoever adds one: they go as fast as they come. */
export async function forgetAnswers(sql: Sql, before: Date, most: number): Promise<void> {
  await sql.query(
    `delete from idempotency_key where (principal, key) in (
       select principal, key from idempotency_key where created_at < $1
       order by created_at limit $2 for update skip locked)`,
    [before, most],
  );
}
