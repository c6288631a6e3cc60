/**
 * What a login hands to the platform and a launch brings back (`state`): sealed, so that nobody else makes one, and bound to the
 * browser that began the login by the hash of a secret that this browser alone keeps.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { Fault } from "../../core/faults.ts";
import { secondsBetween } from "../../core/time.ts";
import type { Context } from "../context.ts";
import { seal, unseal } from "../sealing.ts";

/** Long enough to sign in to the platform in between. */
export const STATE_SECONDS = 15 * 60;

/** A frame of the platform that keeps what a tool leaves with it (LTI Client Side postMessages). */
export interface PlatformStorage {
  /** `_parent`, or a frame's name. */
  readonly target: string;
  /** Whom it is said to, and nobody else. */
  readonly origin: string;
}

export interface LoginState {
  readonly registration_id: string;
  readonly nonce: string;
  /** Of the secret in the browser's cookie, or in the platform's storage. */
  readonly binding_hash: string;
  /** Of the secret that our page keeps which opened this window; null where none did. */
  readonly opener_hash: string | null;
  /** Where the platform keeps the secret; null where nothing was left with it. */
  readonly storage: PlatformStorage | null;
  /** The login's own parameters, to begin it anew in another window; null where they are too long to be carried. */
  readonly login: Readonly<Record<string, string>> | null;
  readonly begun_at: Date;
}

/** Of one purpose, so of one owner. */
const OWNER = "login";

/** Short names: it travels in an address. */
interface Wire {
  readonly r: string;
  readonly n: string;
  readonly b: string;
  readonly o: string | null;
  readonly s: PlatformStorage | null;
  readonly l: Readonly<Record<string, string>> | null;
  readonly t: number;
}

export function sealState(context: Pick<Context, "keys" | "deps">, state: LoginState): string {
  const wire: Wire = {
    r: state.registration_id,
    n: state.nonce,
    b: state.binding_hash,
    o: state.opener_hash,
    s: state.storage,
    l: state.login,
    t: state.begun_at.getTime(),
  };
  return seal(context, "lti_state", OWNER, JSON.stringify(wire));
}

/** @throws Fault `lti_state_missing`, `lti_state_invalid`, `lti_state_expired`. */
export function openState(context: Pick<Context, "keys">, sealed: string, at: Date): LoginState {
  if (sealed === "")
    throw new Fault("lti_state_missing", "state: expected the one that the login was given.");
  const text = unseal(context, "lti_state", OWNER, sealed);
  if (text === null) throw new Fault("lti_state_invalid", "state: expected one that this gateway made.");
  const wire = JSON.parse(text) as Wire;
  const begun_at = new Date(wire.t);
  if (secondsBetween(begun_at, at) >= STATE_SECONDS)
    throw new Fault("lti_state_expired", "state: expected one of the last 15 minutes.");
  return {
    registration_id: wire.r,
    nonce: wire.n,
    binding_hash: wire.b,
    opener_hash: wire.o,
    storage: wire.s,
    login: wire.l,
    begun_at,
  };
}

/** A secret that one browser keeps, and what may be known of it elsewhere. */
export interface Binding {
  readonly secret: string;
  readonly hash: string;
}

const SECRET_BYTES = 24;

export function newBinding({ deps }: Pick<Context, "deps">): Binding {
  const secret = deps.newSecret(SECRET_BYTES);
  return { secret, hash: hashOfSecret(secret) };
}

export function hashOfSecret(secret: string): string {
  return hash("sha256", secret, "base64url");
}

/** Whether the secret is one that the login was bound to. */
export function isBoundTo({ binding_hash, opener_hash }: LoginState, secret: string): boolean {
  const found = Buffer.from(hashOfSecret(secret));
  return [binding_hash, opener_hash].some((hash) => {
    const expected = Buffer.from(hash ?? "");
    return expected.length === found.length && timingSafeEqual(expected, found);
  });
}
