/** Keys to the API: a vendor user's, or an account's. */
import type { Role } from "../core/permissions.ts";
import type { Sql } from "./db.ts";
import type { Page } from "./listing/page.ts";

export interface ApiKey {
  readonly id: string;
  /** Null: of the vendor. */
  readonly account_id: string | null;
  readonly vendor_user_id: string | null;
  /** Of a vendor user's key: the role that the user has now. */
  readonly role: Role;
  readonly name: string;
  /** How the key begins: tells it from others, and finds it. */
  readonly prefix: string;
  readonly created_at: Date;
  readonly created_by: string;
  /** To the minute. */
  readonly last_used_at: Date | null;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
}

const KEY = `api_key.id, api_key.account_id, vendor_user_id, coalesce(api_key.role, vendor_user.role) as role, api_key.name,
  prefix, api_key.created_at, created_by, last_used_at, expires_at, revoked_at`;
const FROM = "from api_key left join vendor_user on vendor_user.id = api_key.vendor_user_id";

export async function insertApiKey(
  sql: Sql,
  key: Omit<ApiKey, "last_used_at" | "revoked_at"> & { readonly secret_hash: string },
): Promise<void> {
  await sql.query(
    `insert into api_key (id, account_id, vendor_user_id, role, name, prefix, secret_hash, created_at, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      key.id,
      key.account_id,
      key.vendor_user_id,
      key.account_id === null ? null : key.role,
      key.name,
      key.prefix,
      key.secret_hash,
      key.created_at,
      key.created_by,
      key.expires_at,
    ],
  );
}

export interface PresentedKey extends ApiKey {
  readonly secret_hash: string;
  readonly user_deactivated_at: Date | null;
}

/** All that it takes to let a caller in, in one look-up: so that a revoked key is refused from the next request on. */
export async function findPresentedKey(sql: Sql, prefix: string): Promise<PresentedKey | undefined> {
  return (
    await sql.query<PresentedKey>(
      `select ${KEY}, secret_hash, vendor_user.deactivated_at as user_deactivated_at ${FROM} where prefix = $1`,
      [prefix],
    )
  )[0];
}

export async function noteKeyUse(sql: Sql, id: string, at: Date, notSince: Date): Promise<void> {
  await sql.query(
    "update api_key set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $3)",
    [id, at, notSince],
  );
}

/** @param accountId Null: the vendor's. */
export function pageOfApiKeys(
  sql: Sql,
  accountId: string | null,
  filter: { readonly vendor_user_id?: string | undefined },
  { after, most }: Page,
): Promise<ApiKey[]> {
  return sql.query<ApiKey>(
    `select ${KEY} ${FROM}
     where ${accountId === null ? "api_key.account_id is null and $1::uuid is null" : "api_key.account_id = $1"}
       and ($2::uuid is null or vendor_user_id = $2) and ($3::uuid is null or api_key.id < $3)
     order by api_key.id desc limit $4`,
    [accountId, filter.vendor_user_id ?? null, after, most],
  );
}

/** Of that account, or where it is null, of the vendor: another's is not found. */
export async function findApiKey(
  sql: Sql,
  accountId: string | null,
  id: string,
  lock = false,
): Promise<ApiKey | undefined> {
  return (
    await sql.query<ApiKey>(
      `select ${KEY} ${FROM} where api_key.id = $1 and api_key.account_id is not distinct from $2
       ${lock ? "for update of api_key" : ""}`,
      [id, accountId],
    )
  )[0];
}

export async function revokeApiKey(sql: Sql, id: string, at: Date): Promise<void> {
  await sql.query("update api_key set revoked_at = coalesce(revoked_at, $2) where id = $1", [id, at]);
}

export async function revokeKeysOfAccount(sql: Sql, accountId: string, at: Date): Promise<void> {
  await sql.query("update api_key set revoked_at = $2 where account_id = $1 and revoked_at is null", [
    accountId,
    at,
  ]);
}
