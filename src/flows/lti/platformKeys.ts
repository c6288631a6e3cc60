/**
 * The public keys of platforms, by which their messages are known. Kept parsed, by key set; read again where a message names a
 * key that is not among them, and now and then. What is known goes on being good while a platform can't be reached.
 *
 * Each key set is read by itself: nobody waits for another platform's. Who comes while one is being read waits for that
 * reading and begins none. Anybody can make a login and send a token that names a new key, so a set is read a few times a
 * minute at most.
 */
import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { Fault } from "../../core/faults.ts";
import { secondsBetween } from "../../core/time.ts";
import type { Deps } from "../../deps.ts";
import type { Outgoing } from "../outgoing.ts";

export interface PlatformKeys {
  /** @throws Fault `lti_key_unknown`, `lti_keys_unavailable`. */
  find(jwksUrl: string, kid: string): Promise<KeyObject>;
}

interface KeySet {
  keys: ReadonlyMap<string, KeyObject>;
  /** Null: never yet. */
  readAt: Date | null;
  /** When it was last asked for, whatever came of it; the newest last. */
  asked: readonly Date[];
  reading: Promise<boolean> | null;
}

const FETCH_SECONDS = 5;
const MOST_BYTES = 256 * 1024;
const MOST_KEYS = 100;
/** Of RSA moduli: fewer are unsafe, more take long. */
const FEWEST_BITS = 2048;
const MOST_BITS = 8192;
const LONGEST_EXPONENT = 8;
const MOST_SETS = 5000;
const MOST_READINGS_A_MINUTE = 5;
/** Older ones are read again while those that are known go on being used; */
const FRESH_SECONDS = 60 * 60;
/** and by then a key that the platform has withdrawn shall not be good any more, unless nothing newer can be had. */
const STALE_SECONDS = 24 * 60 * 60;

export function createPlatformKeys(
  outgoing: Pick<Outgoing, "exchange">,
  deps: Pick<Deps, "clock" | "log" | "metrics">,
): PlatformKeys {
  const sets = new Map<string, KeySet>();
  const setOf = (url: string): KeySet => {
    const known = sets.get(url);
    if (known) return known;
    const made: KeySet = { keys: new Map(), readAt: null, asked: [], reading: null };
    sets.set(url, made);
    const [oldest] = sets.keys();
    if (sets.size > MOST_SETS && oldest !== undefined) sets.delete(oldest);
    return made;
  };
  const read = async (url: string, set: KeySet): Promise<boolean> => {
    const asked = deps.clock.now();
    set.asked = [...set.asked.filter((one) => secondsBetween(one, asked) < 60), asked];
    const found = await fetchKeys(outgoing, url);
    deps.metrics.ltiKeyFetches.inc({ outcome: "keys" in found ? "read" : "failed" });
    if ("problem" in found) {
      deps.log.warn("A platform's keys could not be read", { problem: found.problem });
      return false;
    }
    set.keys = found.keys;
    set.readAt = asked;
    return true;
  };
  /** Null where it was read often enough for now. */
  const startReading = (url: string, set: KeySet): Promise<boolean> | null => {
    if (set.reading !== null) return set.reading;
    const now = deps.clock.now();
    const lately = set.asked.filter((one) => secondsBetween(one, now) < 60);
    if (lately.length >= MOST_READINGS_A_MINUTE) return null;
    set.reading = read(url, set).finally(() => {
      set.reading = null;
    });
    return set.reading;
  };
  return {
    find: async (url, kid) => {
      const set = setOf(url);
      const known = set.keys.get(kid);
      const age = set.readAt ? secondsBetween(set.readAt, deps.clock.now()) : Number.POSITIVE_INFINITY;
      if (known && age < FRESH_SECONDS) return known;
      const reading = startReading(url, set);
      if (known && age < STALE_SECONDS) return known;
      const isRead = reading !== null && (await reading);
      const found = set.keys.get(kid) ?? (isRead ? undefined : known);
      if (found) return found;
      if (isRead) throw new Fault("lti_key_unknown", "kid: expected one that the platform publishes.");
      throw new Fault(
        "lti_keys_unavailable",
        "The platform's key set can't be read right now; try again shortly.",
      );
    },
  };
}

type FoundKeys = { readonly keys: ReadonlyMap<string, KeyObject> } | { readonly problem: string };

async function fetchKeys(outgoing: Pick<Outgoing, "exchange">, url: string): Promise<FoundKeys> {
  const answered = await outgoing.exchange(url, {
    method: "GET",
    headers: { accept: "application/json, application/jwk-set+json" },
    seconds: FETCH_SECONDS,
    mostBytes: MOST_BYTES,
  });
  if ("problem" in answered) return answered;
  if (answered.status_code !== 200) return { problem: `it answers with status ${answered.status_code}` };
  return readKeys(answered.text);
}

function readKeys(text: string): FoundKeys {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { problem: "it is no JSON" };
  }
  const listed = (parsed as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(listed)) return { problem: "it is no key set" };
  const keys = new Map<string, KeyObject>();
  for (const one of listed.slice(0, MOST_KEYS)) {
    const key = readKey(one);
    if (key) keys.set(key.kid, key.key);
  }
  return { keys };
}

/** Null for one of another kind: a platform may publish what others need. */
function readKey(given: unknown): { readonly kid: string; readonly key: KeyObject } | null {
  if (typeof given !== "object" || given === null) return null;
  const { kid, kty, use = "sig", alg = "RS256", n, e } = given as Record<string, unknown>;
  const isOurs = kty === "RSA" && use === "sig" && alg === "RS256";
  if (!isOurs || typeof kid !== "string" || typeof n !== "string" || typeof e !== "string") return null;
  if (n.length > MOST_BITS / 6 + 4 || e.length > LONGEST_EXPONENT) return null;
  try {
    const jwk: JsonWebKey = { kty, n, e };
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return bits >= FEWEST_BITS && bits <= MOST_BITS ? { kid, key } : null;
  } catch {
    return null;
  }
}
