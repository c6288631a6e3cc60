/**
 * What the gateway signs with for platforms. Made when first needed, and changed by `rotateToolKey`: a new key is published
 * a day before it signs, since platforms keep what they have read for a while, and the one before it stays
 * published for a day after it last signed.
 */
import { createHash, createPrivateKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { addDays, addSeconds } from "../../core/time.ts";
import type { Sql } from "../../store/db.ts";
import {
  endOtherToolKeys,
  insertToolKey,
  listToolKeys,
  lockToolKeys,
  type StoredToolKey,
  updateSealedToolKey,
} from "../../store/lti/toolKeys.ts";
import { type By, writeAudit } from "../audited.ts";
import type { Context } from "../context.ts";
import { changing } from "../invalidations.ts";
import { seal, unseal } from "../sealing.ts";
import { createRemembered } from "./remembered.ts";

export interface ToolKey {
  readonly kid: string;
  /** Private; RS256. */
  readonly key: KeyObject;
}

export interface ToolKeys {
  /** The one to sign with; made now where there is none. */
  current(): Promise<ToolKey>;
  /** What platforms check our signatures with (RFC 7517). */
  jwks(): Promise<{ readonly keys: readonly Readonly<Record<string, unknown>>[] }>;
  forget(): void;
}

type Needed = Pick<Context, "db" | "deps" | "keys" | "invalidations">;

interface OpenToolKey extends StoredToolKey {
  /** Null where the secret that it was sealed under is gone. */
  readonly key: KeyObject | null;
}

const DAY_SECONDS = 24 * 60 * 60;
const PUBLISHED_AHEAD_SECONDS = DAY_SECONDS;
const PUBLISHED_AFTER_SECONDS = DAY_SECONDS;
const MODULUS_BITS = 2048;

const newKeyPair = promisify(generateKeyPair);

export function createToolKeys(needed: Needed): ToolKeys {
  const { db, deps } = needed;
  const remembered = createRemembered<readonly OpenToolKey[]>(deps.clock, 1, (found) => found.length > 0);
  const published = () =>
    remembered.find("", async () => {
      const stored = await listToolKeys(db, deps.clock.now());
      return stored.map((one) => ({ ...one, key: openKey(needed, one) }));
    });
  const signing = async () => {
    const known = signingAmong(await published(), deps.clock.now());
    if (known) return known;
    await makeFirst(needed);
    const made = signingAmong(await published(), deps.clock.now());
    if (!made) throw new Error("The key to sign with was neither made nor found");
    return made;
  };
  return {
    current: signing,
    jwks: async () => {
      await signing();
      const at = deps.clock.now();
      const keys = (await published()).filter(({ ends_at }) => ends_at === null || ends_at > at);
      return { keys: keys.map(({ public_jwk }) => public_jwk) };
    },
    forget: remembered.forget,
  };
}

function signingAmong(keys: readonly OpenToolKey[], at: Date): ToolKey | null {
  for (const { kid, key, signs_from } of keys) if (key && signs_from <= at) return { kid, key };
  return null;
}

function openKey({ keys }: Pick<Context, "keys">, stored: StoredToolKey): KeyObject | null {
  const pem = unseal({ keys }, "lti_tool_key", stored.kid, stored.private_key_sealed);
  return pem === null ? null : createPrivateKey(pem);
}

/** Signs from now on, as nobody has read another; once, however many processes come to it at the same time. */
async function makeFirst(needed: Needed): Promise<void> {
  const at = needed.deps.clock.now();
  const made = await newKey(needed, at, at);
  await changing(needed, "lti", async (sql) => {
    await lockToolKeys(sql);
    if (await hasSigning(needed, sql, at)) return;
    await insertToolKey(sql, made);
  });
}

async function hasSigning(needed: Needed, sql: Sql, at: Date): Promise<boolean> {
  const stored = await listToolKeys(sql, at);
  return (
    signingAmong(
      stored.map((one) => ({ ...one, key: openKey(needed, one) })),
      at,
    ) !== null
  );
}

export interface Rotation {
  readonly kid: string;
  /** From when on it signs. */
  readonly signs_from: Date;
}

/**
 * Publishes a new key, which takes over a day later.
 * @param atOnce It takes over now, and the others are withdrawn: for one that became known. Platforms that keep key sets for
 * a while refuse what the new one signs until they read ours again.
 */
export async function rotateToolKey(context: Context, by: By, atOnce: boolean): Promise<Rotation> {
  const at = context.deps.clock.now();
  const made = await newKey(context, at, atOnce ? at : addSeconds(at, PUBLISHED_AHEAD_SECONDS));
  await changing(context, "lti", async (sql) => {
    await lockToolKeys(sql);
    await replaceKeys(context, sql, by, made, atOnce);
  });
  return made;
}

const BY_ITSELF: By = { actor: "gateway", why: "The key's time was up (LTI_KEY_DAYS)." };

/** Once, however many processes come to it at the same time. @returns Null where none is due. */
export async function runDueKeyRotation(context: Context): Promise<Rotation | null> {
  await sealToolKeysAnew(context);
  const at = context.deps.clock.now();
  const due = addDays(at, -context.config.LTI_KEY_DAYS);
  if (!isDue(await listToolKeys(context.db, at), due)) return null;
  const made = await newKey(context, at, addSeconds(at, PUBLISHED_AHEAD_SECONDS));
  return changing(context, "lti", async (sql) => {
    await lockToolKeys(sql);
    if (!isDue(await listToolKeys(sql, at), due)) return null;
    await replaceKeys(context, sql, BY_ITSELF, made, false);
    return made;
  });
}

/** Where there is none, none is missed: it is made when it is first needed. */
function isDue([newest]: readonly StoredToolKey[], due: Date): boolean {
  return newest !== undefined && newest.created_at <= due;
}

async function replaceKeys(
  context: Context,
  sql: Sql,
  by: By,
  made: StoredToolKey,
  atOnce: boolean,
): Promise<void> {
  const { kid, signs_from, created_at } = made;
  const othersEnd = atOnce ? created_at : addSeconds(signs_from, PUBLISHED_AFTER_SECONDS);
  await insertToolKey(sql, made);
  await endOtherToolKeys(sql, kid, othersEnd);
  await writeAudit(context, sql, by, created_at, {
    account_id: null,
    action: "lti_tool_key.rotate",
    subject: ["lti_tool_key", kid],
    before: null,
    after: { signs_from, others_end_at: othersEnd },
  });
}

/** While TOKEN_SECRET is changed both secrets open; once the old one is gone, nothing must need it (docs/security.md). */
export async function sealToolKeysAnew(context: Needed): Promise<void> {
  const { kid } = context.keys.keyFor("lti_tool_key");
  const stored = await listToolKeys(context.db, context.deps.clock.now());
  for (const { kid: name, private_key_sealed } of stored) {
    if (private_key_sealed.startsWith(`${kid}.`)) continue;
    const pem = unseal(context, "lti_tool_key", name, private_key_sealed);
    if (pem !== null) await updateSealedToolKey(context.db, name, seal(context, "lti_tool_key", name, pem));
  }
}

async function newKey(needed: Needed, created_at: Date, signs_from: Date): Promise<StoredToolKey> {
  const { publicKey, privateKey } = await newKeyPair("rsa", { modulusLength: MODULUS_BITS });
  const { kty, n, e } = publicKey.export({ format: "jwk" });
  // RFC 7638: the same key has the same name wherever it is named.
  const kid = createHash("sha256").update(JSON.stringify({ e, kty, n })).digest("base64url");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return {
    kid,
    public_jwk: { kty, n, e, kid, alg: "RS256", use: "sig" },
    private_key_sealed: seal(needed, "lti_tool_key", kid, pem),
    created_at,
    signs_from,
    ends_at: null,
  };
}
