/** Keys to the API: made, shown once, proven, revoked (RULES §7). */
import { createHash, timingSafeEqual } from "node:crypto";
import { Fault } from "../core/faults.ts";
import { hasAllRightsOf, type Role } from "../core/permissions.ts";
import { addSeconds } from "../core/time.ts";
import {
  type ApiKey,
  findApiKey,
  findPresentedKey,
  insertApiKey,
  noteKeyUse,
  revokeApiKey,
} from "../store/apiKeys.ts";
import type { Sql } from "../store/db.ts";
import { findVendorUser } from "../store/vendorUsers.ts";
import { requireOpenAccount } from "./accounts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import type { Principal } from "./principal.ts";

/** `tg_`, the prefix that finds the key, and a secret of 256 bits. */
const CREDENTIAL = /^(tg_[0-9a-f]{12})_([\w-]{43})$/;
const PREFIX_BYTES = 6;
const SECRET_BYTES = 32;

/** Of a vendor user, with their role; or of an account, with a role of its own. */
export type KeyOwner =
  | { readonly type: "vendor_user"; readonly vendor_user_id: string }
  | { readonly type: "account"; readonly account_id: string; readonly role: "admin" | "viewer" };

export interface NewKey {
  readonly owner: KeyOwner;
  readonly name: string;
  /** Null: until it is revoked. */
  readonly expires_at: Date | null;
}

/**
 * @returns With the key's text, which is nowhere stored: this is the one time that it can be read.
 * @throws Fault `forbidden` where the key would have more rights than whoever makes it.
 */
export async function createApiKey(
  context: Context,
  by: By,
  maker: Pick<Principal, "role">,
  wanted: NewKey,
): Promise<{ readonly key: ApiKey; readonly text: string }> {
  const at = context.deps.clock.now();
  if (wanted.expires_at && wanted.expires_at <= at)
    throw new Fault("body_invalid", "expires_at: expected a time to come.");
  const prefix = `tg_${Buffer.from(context.deps.newSecret(PREFIX_BYTES), "base64url").toString("hex")}`;
  const secret = context.deps.newSecret(SECRET_BYTES);
  const key = await context.db.transaction(async (sql) => {
    const owner = await readOwner(sql, wanted.owner);
    if (!hasAllRightsOf(maker.role, owner.role))
      throw new Fault("forbidden", `The role ${maker.role} can't make a key of the role ${owner.role}.`);
    const { name, expires_at } = wanted;
    const id = context.deps.newId();
    const made = { id, ...owner, name, prefix, expires_at, created_at: at, created_by: by.actor };
    await insertApiKey(sql, { ...made, secret_hash: hashOf(secret) });
    await writeAudit(context, sql, by, at, {
      account_id: owner.account_id,
      action: "api_key.create",
      subject: ["api_key", id],
      before: null,
      after: { vendor_user_id: owner.vendor_user_id, role: owner.role, name, prefix, expires_at },
    });
    return { ...made, last_used_at: null, revoked_at: null };
  });
  return { key, text: `${prefix}_${secret}` };
}

async function readOwner(
  sql: Sql,
  owner: KeyOwner,
): Promise<Pick<ApiKey, "account_id" | "vendor_user_id"> & { role: Role }> {
  if (owner.type === "account") {
    await requireOpenAccount(sql, owner.account_id);
    return { account_id: owner.account_id, vendor_user_id: null, role: owner.role };
  }
  const user = await findVendorUser(sql, owner.vendor_user_id, true);
  if (!user)
    throw new Fault("not_found", `vendor_user_id: found no vendor user with the id ${owner.vendor_user_id}.`);
  if (user.deactivated_at) throw new Fault("conflict", "vendor_user_id: the user is deactivated.");
  return { account_id: null, vendor_user_id: user.id, role: user.role };
}

/** @param accountId Null: of the vendor. */
export async function revokeKey(
  context: Context,
  by: By,
  accountId: string | null,
  keyId: string,
): Promise<ApiKey> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const key = await findApiKey(sql, accountId, keyId, true);
    if (!key) throw new Fault("not_found", `api_key: found none with the id ${keyId}.`);
    if (key.revoked_at) return key;
    await revokeApiKey(sql, keyId, at);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "api_key.revoke",
      subject: ["api_key", keyId],
      before: { revoked_at: null },
      after: { revoked_at: at },
    });
    return { ...key, revoked_at: at };
  });
}

/** Compared with where no key has the prefix, so that an unknown one takes as long as a wrong one. */
const NO_KEY = hashOf("no key");

/**
 * Asks the database each time, one look-up: a revoked key, a changed role, a deactivated user hold from the next request on.
 * @throws Fault `unauthenticated`.
 */
export async function authenticateKey(context: Context, credential: string): Promise<Principal> {
  const [, prefix, secret] = CREDENTIAL.exec(credential) ?? [];
  if (prefix === undefined || secret === undefined)
    throw new Fault("unauthenticated", "Authorization: expected `Bearer tg_…`, a whole API key.");
  const key = await findPresentedKey(context.db, prefix);
  const isRight = isSame(hashOf(secret), key?.secret_hash ?? NO_KEY);
  if (!key || !isRight) throw new Fault("unauthenticated", "Authorization: the API key is unknown.");
  const at = context.deps.clock.now();
  const trouble = troubleOf(key, at);
  if (trouble) throw new Fault("unauthenticated", `Authorization: the API key ${trouble}.`);
  noteUse(context, key, at);
  const { id: key_id, role, account_id, vendor_user_id } = key;
  return { type: "api_key", key_id, role, account_id, vendor_user_id };
}

/** Told only to who has proven that the key was theirs. */
function troubleOf(key: ApiKey & { readonly user_deactivated_at: Date | null }, at: Date): string | null {
  if (key.revoked_at) return "was revoked";
  if (key.expires_at && key.expires_at <= at) return "has expired";
  return key.user_deactivated_at ? "is of a user who was deactivated" : null;
}

const NOTE_USE_SECONDS = 60;

/** Beside the request, which does not wait for it. */
function noteUse(context: Context, key: ApiKey, at: Date): void {
  const notSince = addSeconds(at, -NOTE_USE_SECONDS);
  if (key.last_used_at && key.last_used_at >= notSince) return;
  noteKeyUse(context.db, key.id, at, notSince).catch((error: unknown) =>
    context.deps.log.warn("The use of an API key could not be noted", { error }),
  );
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
