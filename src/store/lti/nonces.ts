/** Nonces of messages that open no launch. */
import type { Sql } from "../db.ts";

/**
 * Takes a nonce, and forgets those that nobody could use any more.
 * @returns False where it was used before.
 */
export async function takeNonce(sql: Sql, nonce: string, at: Date, forgottenBefore: Date): Promise<boolean> {
  const taken = await sql.query(
    `with forgotten as (delete from lti_nonce where used_at < $3)
     insert into lti_nonce (nonce, used_at) values ($1, $2) on conflict do nothing returning nonce`,
    [nonce, at, forgottenBefore],
  );
  return taken.length === 1;
}
