/** LTI 1.1: the consumer key of a delivery, and its secrets. */
import type { Sql } from "../db.ts";
import type { Page } from "../listing/page.ts";

export interface Lti11Secret {
  readonly consumer_key: string;
  readonly id: string;
  readonly secret_sealed: string;
  readonly created_at: Date;
  /** Null: it is good until it is ended. */
  readonly ends_at: Date | null;
  /** About; null: no launch was signed with it yet. */
  readonly last_used_at: Date | null;
}

/** What signatures under a consumer key are checked with, and what they open. */
export interface Lti11Key {
  readonly consumer_key: string;
  readonly account_id: string;
  readonly delivery_id: string;
  readonly delivery_key: string;
  readonly connection_id: string;
  readonly secrets: readonly Pick<Lti11Secret, "id" | "secret_sealed" | "ends_at">[];
}

const SECRET = "consumer_key, id, secret_sealed, created_at, ends_at, last_used_at";

/** With the secrets that had not ended at that time, the newest first. */
export async function findLti11Key(sql: Sql, consumerKey: string, at: Date): Promise<Lti11Key | undefined> {
  const rows = await sql.query<Omit<Lti11Key, "secrets"> & Partial<Lti11Secret>>(
    `select lti11_key.consumer_key, lti11_key.account_id, lti11_key.delivery_id, delivery.key as delivery_key,
       delivery.connection_id, lti11_secret.id, lti11_secret.secret_sealed, lti11_secret.ends_at
     from lti11_key
     join delivery on delivery.account_id = lti11_key.account_id and delivery.id = lti11_key.delivery_id
     left join lti11_secret on lti11_secret.consumer_key = lti11_key.consumer_key
       and (lti11_secret.ends_at is null or lti11_secret.ends_at > $2)
     where lti11_key.consumer_key = $1 order by lti11_secret.id desc`,
    [consumerKey, at],
  );
  const [first] = rows;
  if (!first) return undefined;
  const { id: _id, secret_sealed: _sealed, ends_at: _ends, ...key } = first;
  const secrets = rows.flatMap(({ id, secret_sealed, ends_at = null }) =>
    id && secret_sealed ? [{ id, secret_sealed, ends_at }] : [],
  );
  return { ...key, secrets };
}

/** Null: the delivery has none yet. */
export async function findConsumerKey(
  sql: Sql,
  accountId: string,
  deliveryId: string,
): Promise<string | null> {
  const [row] = await sql.query<{ consumer_key: string }>(
    "select consumer_key from lti11_key where account_id = $1 and delivery_id = $2",
    [accountId, deliveryId],
  );
  return row?.consumer_key ?? null;
}

export async function insertConsumerKey(
  sql: Sql,
  key: Pick<Lti11Key, "consumer_key" | "account_id" | "delivery_id"> & { readonly created_at: Date },
): Promise<void> {
  await sql.query(
    "insert into lti11_key (consumer_key, account_id, delivery_id, created_at) values ($1, $2, $3, $4)",
    [key.consumer_key, key.account_id, key.delivery_id, key.created_at],
  );
}

export async function insertLti11Secret(
  sql: Sql,
  secret: Pick<Lti11Secret, "consumer_key" | "id" | "secret_sealed" | "created_at">,
): Promise<void> {
  await sql.query(
    "insert into lti11_secret (consumer_key, id, secret_sealed, created_at) values ($1, $2, $3, $4)",
    [secret.consumer_key, secret.id, secret.secret_sealed, secret.created_at],
  );
}

/** Those that had not ended at that time, the newest first. */
export function listLti11Secrets(sql: Sql, consumerKey: string, at: Date): Promise<Lti11Secret[]> {
  return sql.query<Lti11Secret>(
    `select ${SECRET} from lti11_secret
     where consumer_key = $1 and (ends_at is null or ends_at > $2) order by id desc`,
    [consumerKey, at],
  );
}

export async function findLti11Secret(
  sql: Sql,
  consumerKey: string,
  id: string,
): Promise<Lti11Secret | undefined> {
  const [row] = await sql.query<Lti11Secret>(
    `select ${SECRET} from lti11_secret where consumer_key = $1 and id = $2`,
    [consumerKey, id],
  );
  return row;
}

/** All that a delivery ever had, the newest first. */
export function pageOfLti11Secrets(
  sql: Sql,
  accountId: string,
  deliveryId: string,
  { after, most }: Page,
): Promise<Lti11Secret[]> {
  return sql.query<Lti11Secret>(
    `select ${SECRET} from lti11_secret
     where consumer_key = (select consumer_key from lti11_key where account_id = $1 and delivery_id = $2)
       and ($3::uuid is null or id < $3) order by id desc limit $4`,
    [accountId, deliveryId, after, most],
  );
}

export async function setEndOfLti11Secret(
  sql: Sql,
  consumerKey: string,
  id: string,
  endsAt: Date,
): Promise<void> {
  await sql.query("update lti11_secret set ends_at = $3 where consumer_key = $1 and id = $2", [
    consumerKey,
    id,
    endsAt,
  ]);
}

export interface SecretUse {
  readonly consumer_key: string;
  readonly id: string;
  readonly used_at: Date;
}

export async function noteSecretUses(sql: Sql, uses: readonly SecretUse[]): Promise<void> {
  await sql.query(
    `update lti11_secret set last_used_at = greatest(last_used_at, used.used_at)
     from jsonb_to_recordset($1::jsonb) as used (consumer_key text, id uuid, used_at timestamptz)
     where lti11_secret.consumer_key = used.consumer_key and lti11_secret.id = used.id`,
    [JSON.stringify(uses)],
  );
}

/** Those sealed under another key than that of `kid` that are still good, by their place. */
export function listSecretsSealedElsewhere(
  sql: Sql,
  kid: string,
  at: Date,
  after: Pick<Lti11Secret, "consumer_key" | "id"> | null,
  most: number,
): Promise<Lti11Secret[]> {
  return sql.query<Lti11Secret>(
    `select ${SECRET} from lti11_secret
     where not starts_with(secret_sealed, $1) and (ends_at is null or ends_at > $2)
       and ($3::text is null or (consumer_key, id) > ($3, $4::uuid))
     order by consumer_key, id limit $5`,
    [`${kid}.`, at, after?.consumer_key ?? null, after?.id ?? null, most],
  );
}

/** Unless somebody has sealed it anew meanwhile. */
export async function updateSealedSecret(
  sql: Sql,
  { consumer_key, id, secret_sealed }: Pick<Lti11Secret, "consumer_key" | "id" | "secret_sealed">,
  sealed: string,
): Promise<void> {
  await sql.query(
    "update lti11_secret set secret_sealed = $4 where consumer_key = $1 and id = $2 and secret_sealed = $3",
    [consumer_key, id, secret_sealed, sealed],
  );
}
