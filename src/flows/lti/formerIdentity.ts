/** A learner who comes by LTI 1.3 is the one who came by LTI 1.1, where their platform proves it (RULES §6). */
import { createHmac } from "node:crypto";
import { readIdentity } from "../../core/identity.ts";
import {
  type FormerIdentityMessage,
  readFormerIdentityClaim,
  signedTextOf,
} from "../../core/lti/formerIdentity.ts";
import type { LtiMessage, LtiPerson } from "../../core/lti/message.ts";
import { findIdentity, type IdentityKey, insertIdentity, lockIdentityKey } from "../../store/learners.ts";
import { type By, writeAudit } from "../audited.ts";
import type { Context } from "../context.ts";
import { isSameText } from "./oauth1Signatures.ts";

/** A launch of LTI 1.3 whose signature, times and addressee were checked. */
export interface ProvedMessage extends FormerIdentityMessage {
  readonly account_id: string;
  readonly connection_id: string;
  /** "" for an anonymous launch. */
  readonly subject: string;
}

/**
 * Who they were, if it is proved by a secret of a consumer key of the same account and connection; null otherwise, which is no
 * reason to refuse the launch.
 */
export async function verifyFormerIdentity(
  context: Context,
  message: ProvedMessage,
  claim: unknown,
): Promise<LtiPerson["former"]> {
  if (claim === undefined || message.subject === "") return null;
  const claimed = readFormerIdentityClaim(claim, message.subject);
  const ignore = (why: string) => {
    context.deps.log.info("Who a learner was in LTI 1.1 is not proved", {
      code: `lti1p1_${why}`,
      account: message.account_id,
    });
    return null;
  };
  // Platforms that never launched by LTI 1.1 send what they have: a user, and no key.
  if (!claimed) return namesKey(claim) ? ignore("unsigned") : null;
  const key = await context.lti.lti11Keys.find(claimed.consumer_key);
  const isOfMessage = key?.account_id === message.account_id && key.connection_id === message.connection_id;
  if (!isOfMessage) return ignore("consumer_key_foreign");
  const text = signedTextOf(claimed.consumer_key, message);
  const isProved = key.secrets.some(({ secret }) =>
    isSameText(createHmac("sha256", secret).update(text).digest("base64"), claimed.signature),
  );
  if (!isProved) return ignore("signature_invalid");
  return { consumer_key: claimed.consumer_key, user_id: claimed.user_id };
}

function namesKey(claim: unknown): boolean {
  return typeof claim === "object" && claim !== null && "oauth_consumer_key" in claim;
}

const BY_ITSELF: By = { actor: "gateway", why: "The LMS proved it in a launch (lti1p1)" };

/**
 * Before the launch is opened: a new identity of a learner known by their former one is recorded as theirs, once, so that they
 * go on where they were. An identity that is known already stays whose it is.
 */
export async function linkFormerIdentity(context: Context, message: LtiMessage): Promise<void> {
  const { account_id, connection_id, namespace, person } = message;
  if (!person.former) return;
  const { consumer_key, user_id } = person.former;
  const [value, formerValue] = [person.id, user_id].map((id) => readIdentity(id, []));
  if (!value || !formerValue) return;
  const key: IdentityKey = { account_id, connection_id, namespace, value };
  const former: IdentityKey = { ...key, namespace: `lti11:${consumer_key}`, value: formerValue };
  if (await findIdentity(context.db.quick, key)) return;
  if (!(await findIdentity(context.db.quick, former))) return;
  await recordAsSame(context, key, former, message);
}

async function recordAsSame(
  context: Context,
  key: IdentityKey,
  former: IdentityKey,
  { person, platform_origin }: LtiMessage,
): Promise<void> {
  const at = context.deps.clock.now();
  await context.db.transaction(async (sql) => {
    await lockIdentityKey(sql, key);
    const known = await findIdentity(sql, former);
    if (!known || (await findIdentity(sql, key))) return;
    const { learner_id } = known;
    const id = context.deps.newId();
    await insertIdentity(sql, {
      ...key,
      id,
      learner_id,
      name_sent: person.name,
      first_seen_at: at,
      first_origin: platform_origin,
    });
    await writeAudit(context, sql, BY_ITSELF, at, {
      account_id: key.account_id,
      action: "learner.link_identity",
      subject: ["learner", learner_id],
      before: null,
      after: { identity_id: id, former_identity_id: known.identity_id },
    });
  });
}
