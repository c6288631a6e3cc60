/**
 * Text that only this gateway can read again: AES-256-GCM under a key that comes from TOKEN_SECRET (`keyRing.ts`), so that who
 * reads the database, a backup of it or an address in a browser learns nothing and can make none.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Context } from "./context.ts";
import type { KeyPurpose, PurposeKey } from "./keyRing.ts";

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * @param owner Whose it is: sealed for one, it opens for no other. Not secret, and not kept with it.
 * @returns `<kid>.<base64url>`.
 */
export function seal(
  { keys, deps }: Pick<Context, "keys" | "deps">,
  purpose: KeyPurpose,
  owner: string,
  text: string,
): string {
  const { kid, key } = keys.keyFor(purpose);
  const iv = Buffer.from(deps.newSecret(IV_BYTES), "base64url");
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(owner));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return `${kid}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url")}`;
}

/** @returns Null for what was not sealed here for this owner, or under a key that is not accepted any more. */
export function unseal(
  { keys }: Pick<Context, "keys">,
  purpose: KeyPurpose,
  owner: string,
  sealed: string,
): string | null {
  const [kid, text = ""] = sealed.split(".");
  const key = keys.keysFor(purpose).find((one) => one.kid === kid);
  return key ? open(key, owner, Buffer.from(text, "base64url")) : null;
}

function open({ key }: PurposeKey, owner: string, bytes: Buffer): string | null {
  if (bytes.length < IV_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES))
    .setAAD(Buffer.from(owner))
    .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
  } catch {
    // Moved here from another owner, or changed.
    return null;
  }
}
