/**
 * Is it a launch of LTI 1.1, by whom it says (RULES §2.1)? What it opens is decided by its consumer key, and by nothing else that
 * it says.
 */
import { createHash } from "node:crypto";
import { Fault } from "../../core/faults.ts";
import { readLaunch11, requireLaunch11 } from "../../core/lti/launch11.ts";
import type { LtiMessage } from "../../core/lti/message.ts";
import { type Parameter, readSignatureClaims, type SignatureClaims } from "../../core/lti/oauth1.ts";
import type { Context } from "../context.ts";
import { isSignedWith, type SignedForm } from "./oauth1Signatures.ts";

export interface PostedLaunch {
  /** In the address that it came to. */
  readonly delivery_key: string;
  /** The address as the LMS knows it: of the app origin that is set, whatever host a proxy says. */
  readonly url: URL;
  readonly parameters: readonly Parameter[];
}

/**
 * @throws Fault `lti11_…`, by what is wrong; `lti_target_foreign` where it is signed rightly for another delivery's link.
 */
export async function verifyLaunch11(context: Context, posted: PostedLaunch): Promise<LtiMessage> {
  const { parameters, url, delivery_key } = posted;
  requireLaunch11(parameters);
  const claims = readSignatureClaims(parameters);
  const key = await context.lti.lti11Keys.find(claims.consumer_key);
  if (!key || key.secrets.length === 0)
    throw new Fault(
      "lti11_consumer_key_unknown",
      "oauth_consumer_key: expected one of a delivery, with a secret that has not ended.",
    );
  const form: SignedForm = { url, parameters, claims };
  const used = key.secrets.find(({ secret }) => isSignedWith(form, secret));
  if (!used)
    throw new Fault(
      "lti11_signature_invalid",
      "oauth_signature: expected the form signed for this address with the delivery's secret.",
    );
  const used_at = context.deps.clock.now();
  requireInWindow(context, claims, used_at);
  if (key.delivery_key !== delivery_key)
    throw new Fault("lti_target_foreign", "The consumer key is another delivery's than the link.");
  context.lti.lti11Keys.noteUse({ consumer_key: key.consumer_key, id: used.id, used_at });
  const { account_id, connection_id, consumer_key } = key;
  const nonce = nonceOf(claims);
  return readLaunch11(parameters, { account_id, connection_id, consumer_key, delivery_key, nonce });
}

/** Within it the launch is taken once, as its nonce is kept with it; outside it not at all. */
function requireInWindow({ config }: Context, { timestamp_seconds }: SignatureClaims, at: Date): void {
  if (Math.abs(at.getTime() / 1000 - timestamp_seconds) > config.LTI11_WINDOW_SECONDS)
    throw new Fault(
      "lti11_timestamp_out_of_window",
      `oauth_timestamp: expected a time at most ${config.LTI11_WINDOW_SECONDS} s from now.`,
    );
}

/** A platform's nonces may be of any length, and are its own by consumer key and time alone (RFC 5849 §3.3). */
function nonceOf({ consumer_key, nonce, timestamp_seconds }: SignatureClaims): string {
  return createHash("sha256")
    .update(JSON.stringify([consumer_key, nonce, timestamp_seconds]))
    .digest("base64url");
}
