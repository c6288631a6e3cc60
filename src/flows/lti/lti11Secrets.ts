/**
 * Secrets that an LMS signs LTI 1.1 launches with: made here, shown once, kept sealed. While one is changed in an LMS, the one before
 * it is accepted too.
 */
import { Fault } from "../../core/faults.ts";
import { addSeconds } from "../../core/time.ts";
import type { Sql } from "../../store/db.ts";
import {
  findConsumerKey,
  findLti11Secret,
  insertConsumerKey,
  insertLti11Secret,
  type Lti11Secret,
  listLti11Secrets,
  listSecretsSealedElsewhere,
  noteSecretUses,
  setEndOfLti11Secret,
  updateSealedSecret,
} from "../../store/lti/lti11.ts";
import { type By, writeAudit } from "../audited.ts";
import type { Context } from "../context.ts";
import { requireDelivery } from "../deliveries.ts";
import { changing } from "../invalidations.ts";
import { seal, unseal } from "../sealing.ts";
import { sealedFor } from "./lti11Keys.ts";

export interface Lti11SecretPath {
  readonly account_id: string;
  readonly delivery_id: string;
}

export interface MadeLti11Secret {
  readonly made: Lti11Secret;
  /** What the LMS is given: can't be read again. */
  readonly secret: string;
  /** Names the delivery, with its key in it. */
  readonly delivery_key: string;
}

const CONSUMER_KEY_BYTES = 16;
const SECRET_BYTES = 32;
/** The one in use, and the one that takes over. */
const MOST_ACCEPTED = 2;

/**
 * @param overlapSeconds For so long the secret before it is still accepted.
 * @throws Fault `not_found`; `conflict` where the delivery is no LTI link or is revoked, or two secrets are accepted already.
 */
export function makeLti11Secret(
  context: Context,
  by: By,
  path: Lti11SecretPath,
  overlapSeconds: number,
): Promise<MadeLti11Secret> {
  const at = context.deps.clock.now();
  return changing(context, "lti", async (sql) => {
    const delivery = await requireDelivery(sql, path.account_id, path.delivery_id, true);
    if (delivery.format !== "lti")
      throw new Fault(
        "conflict",
        "delivery: it is a package, which needs no secret; make one of format lti.",
      );
    if (delivery.revoked_at)
      throw new Fault("conflict", "delivery: it is revoked, so its link opens nothing.");
    const consumer_key =
      (await findConsumerKey(sql, path.account_id, path.delivery_id)) ??
      (await newConsumerKey(context, sql, path, at));
    const accepted = await listLti11Secrets(sql, consumer_key, at);
    if (accepted.length >= MOST_ACCEPTED)
      throw new Fault("conflict", "secret: two are accepted already; end the one that is not used any more.");
    const secret = context.deps.newSecret(SECRET_BYTES);
    const id = context.deps.newId();
    const secret_sealed = seal(context, "lti_secret", sealedFor(consumer_key, id), secret);
    const made = { consumer_key, id, secret_sealed, created_at: at, ends_at: null, last_used_at: null };
    await insertLti11Secret(sql, made);
    const previous_ends_at = addSeconds(at, overlapSeconds);
    for (const one of accepted)
      await setEndOfLti11Secret(sql, consumer_key, one.id, earlier(one.ends_at, previous_ends_at));
    const after = { consumer_key, ...(accepted.length > 0 ? { previous_ends_at } : {}) };
    await audit(context, sql, by, at, path.account_id, id, "create", null, after);
    return { made, secret, delivery_key: delivery.key };
  });
}

async function newConsumerKey(
  context: Context,
  sql: Sql,
  { account_id, delivery_id }: Lti11SecretPath,
  created_at: Date,
): Promise<string> {
  const consumer_key = context.deps.newSecret(CONSUMER_KEY_BYTES);
  await insertConsumerKey(sql, { consumer_key, account_id, delivery_id, created_at });
  return consumer_key;
}

function earlier(one: Date | null, other: Date): Date {
  return one && one < other ? one : other;
}

/**
 * Launches signed with it are refused from now on, in all processes; those that are open go on. One that has ended stays so.
 * @throws Fault `not_found`.
 */
export function endLti11Secret(
  context: Context,
  by: By,
  path: Lti11SecretPath,
  secretId: string,
): Promise<Lti11Secret> {
  const at = context.deps.clock.now();
  return changing(context, "lti", async (sql) => {
    await requireDelivery(sql, path.account_id, path.delivery_id, true);
    const consumerKey = await findConsumerKey(sql, path.account_id, path.delivery_id);
    const secret = consumerKey === null ? undefined : await findLti11Secret(sql, consumerKey, secretId);
    if (!secret) throw new Fault("not_found", `secret: found none with the id ${secretId} of this delivery.`);
    if (secret.ends_at && secret.ends_at <= at) return secret;
    await setEndOfLti11Secret(sql, secret.consumer_key, secretId, at);
    const before = { ends_at: secret.ends_at };
    await audit(context, sql, by, at, path.account_id, secretId, "end", before, { ends_at: at });
    return { ...secret, ends_at: at };
  });
}

const AT_ONCE = 500;

/** What secrets need now and then: the times of their last use kept, and themselves sealed under the key of today. */
export async function keepLti11Secrets(context: Context): Promise<void> {
  const uses = context.lti.lti11Keys.takeUses();
  if (uses.length > 0) await noteSecretUses(context.db, uses);
  await sealAnew(context);
}

/** While TOKEN_SECRET is changed both keys open; once the old one is gone, nothing must need it (docs/security.md). */
async function sealAnew(context: Context): Promise<void> {
  const { kid } = context.keys.keyFor("lti_secret");
  const at = context.deps.clock.now();
  for (let after: Lti11Secret | null = null; ; ) {
    const page: Lti11Secret[] = await listSecretsSealedElsewhere(context.db, kid, at, after, AT_ONCE);
    for (const one of page) await sealOneAnew(context, one);
    after = page.at(-1) ?? null;
    if (page.length < AT_ONCE) return;
  }
}

async function sealOneAnew(context: Context, stored: Lti11Secret): Promise<void> {
  const owner = sealedFor(stored.consumer_key, stored.id);
  const secret = unseal(context, "lti_secret", owner, stored.secret_sealed);
  // One that nobody can open stays, and opens nothing.
  if (secret !== null)
    await updateSealedSecret(context.db, stored, seal(context, "lti_secret", owner, secret));
}

function audit(
  context: Context,
  sql: Sql,
  by: By,
  at: Date,
  account_id: string,
  id: string,
  action: string,
  before: object | null,
  after: object,
): Promise<void> {
  return writeAudit(context, sql, by, at, {
    account_id,
    action: `lti11_secret.${action}`,
    subject: ["lti11_secret", id],
    before,
    after,
  });
}
