/**
 * Secrets of webhooks: made here, shown once, and kept sealed. While a secret of the gateway is changed they are sealed anew
 * (docs/security.md "Changing secrets").
 */
import type { Context } from "../context.ts";
import { seal, unseal } from "../sealing.ts";

/** As Standard Webhooks write them: 24 to 64 bytes in base64. */
const PREFIX = "whsec_";
const SECRET_BYTES = 32;

/** Whose secret it is: sealed for one, it opens for no other. */
export interface SecretOwner {
  readonly account_id: string;
  readonly id: string;
}

export function newWebhookSecret({ deps }: Pick<Context, "deps">): string {
  return PREFIX + Buffer.from(deps.newSecret(SECRET_BYTES), "base64url").toString("base64");
}

/** The bytes that sign. */
export function keyOfSecret(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), "base64");
}

export function sealSecret(context: Pick<Context, "keys" | "deps">, of: SecretOwner, secret: string): string {
  return seal(context, "webhook_secret", nameOf(of), secret);
}

/** @returns Null where the key is not among those that are accepted any more: the secret is lost. */
export function openSecret(context: Pick<Context, "keys">, of: SecretOwner, sealed: string): string | null {
  return unseal(context, "webhook_secret", nameOf(of), sealed);
}

function nameOf({ account_id, id }: SecretOwner): string {
  return `${account_id} ${id}`;
}
