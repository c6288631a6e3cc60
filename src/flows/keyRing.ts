/**
 * The keys that the gateway signs with, by purpose. Each comes from a secret by HKDF (RFC 5869), so that one secret serves
 * all purposes and a key of one says nothing about another's. What is signed names its key (`kid`): the first secret
 * signs, the others are accepted, which is how a secret is changed while learners are in their courses
 * (docs/security.md "Changing secrets").
 */
import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

/** What a key is for. A new purpose is a new name here. */
export type KeyPurpose =
  | "launch_token"
  | "content_address"
  | "redis"
  | "webhook_secret"
  | "lti_state"
  | "lti_ticket"
  | "lti_secret"
  | "lti_tool_key";

export interface PurposeKey {
  /** Tells the keys of one purpose apart; no secret. */
  readonly kid: string;
  /** For HMAC with SHA-256. */
  readonly key: KeyObject;
}

export interface KeyRing {
  /** The key to sign with. */
  keyFor(purpose: KeyPurpose): PurposeKey;
  /** The keys to accept, that of `keyFor` first. The same array as long as the secrets are the same. */
  keysFor(purpose: KeyPurpose): readonly PurposeKey[];
  /** Takes other secrets from now on, without a restart. */
  replace(secrets: readonly string[]): void;
}

const KEY_BYTES = 32;
const KID_BYTES = 6;

/** @param secrets The first signs; each at least 32 characters. */
export function createKeyRing(secrets: readonly string[]): KeyRing {
  let current = requireSome(secrets);
  const derived = new Map<KeyPurpose, readonly [PurposeKey, ...PurposeKey[]]>();
  const keysFor = (purpose: KeyPurpose) => {
    const known = derived.get(purpose);
    if (known) return known;
    const [first, ...others] = current;
    const keys = [derive(first, purpose), ...others.map((secret) => derive(secret, purpose))] as const;
    derived.set(purpose, keys);
    return keys;
  };
  return {
    keyFor: (purpose) => keysFor(purpose)[0],
    keysFor,
    replace: (next) => {
      current = requireSome(next);
      derived.clear();
    },
  };
}

function derive(secret: string, purpose: KeyPurpose): PurposeKey {
  const bytes = (info: string, length: number) =>
    Buffer.from(hkdfSync("sha256", secret, "", `tallygate ${info}`, length));
  return {
    kid: bytes(`kid of ${purpose}`, KID_BYTES).toString("base64url"),
    key: createSecretKey(bytes(purpose, KEY_BYTES)),
  };
}

function requireSome(secrets: readonly string[]): readonly [string, ...string[]] {
  const [first, ...others] = secrets;
  if (!first) throw new Error("A key ring needs a secret");
  return [first, ...others];
}
