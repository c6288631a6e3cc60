/** What the gateway signs with for platforms: messages, and what asks them for access. */
import type { Sql } from "../db.ts";

export interface StoredToolKey {
  readonly kid: string;
  /** RFC 7517, as platforms read it. */
  readonly public_jwk: Readonly<Record<string, unknown>>;
  readonly private_key_sealed: string;
  readonly created_at: Date;
  readonly signs_from: Date;
  /** Until when it is published; null: until another takes its place. */
  readonly ends_at: Date | null;
}

const TOOL_KEY = "kid, public_jwk, private_key_sealed, created_at, signs_from, ends_at";

/** Those that are published, the newest first. */
export function listToolKeys(sql: Sql, at: Date): Promise<StoredToolKey[]> {
  return sql.query<StoredToolKey>(
    `select ${TOOL_KEY} from lti_tool_key where ends_at is null or ends_at > $1 order by signs_from desc, kid`,
    [at],
  );
}

/** Until the transaction ends nobody else makes or changes one. */
export async function lockToolKeys(sql: Sql): Promise<void> {
  await sql.query("lock table lti_tool_key in share row exclusive mode");
}

export async function insertToolKey(sql: Sql, key: StoredToolKey): Promise<void> {
  await sql.query(`insert into lti_tool_key (${TOOL_KEY}) values ($1, $2::jsonb, $3, $4, $5, $6)`, [
    key.kid,
    JSON.stringify(key.public_jwk),
    key.private_key_sealed,
    key.created_at,
    key.signs_from,
    key.ends_at,
  ]);
}

/** Of all others that would be published for longer. */
export async function endOtherToolKeys(sql: Sql, kid: string, endsAt: Date): Promise<void> {
  await sql.query(
    "update lti_tool_key set ends_at = $2 where kid <> $1 and (ends_at is null or ends_at > $2)",
    [kid, endsAt],
  );
}

export async function updateSealedToolKey(sql: Sql, kid: string, sealed: string): Promise<void> {
  await sql.query("update lti_tool_key set private_key_sealed = $2 where kid = $1", [kid, sealed]);
}
