/**
 * Who a learner of LTI 1.3 was in LTI 1.1, as the platform says it in the claim `lti1p1` (LTI 1.3 Migration Guide §4). It proves it
 * by the old consumer key's secret: any tool's platform could claim anybody otherwise.
 */
import { LONGEST_ID } from "../identity.ts";

export const FORMER_IDENTITY_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/lti1p1";

export interface FormerIdentityClaim {
  readonly consumer_key: string;
  readonly user_id: string;
  /** Base64. */
  readonly signature: string;
}

/** What the signature is of besides the consumer key: of the message that the claim stands in. */
export interface FormerIdentityMessage {
  readonly deployment_id: string;
  readonly issuer: string;
  readonly client_id: string;
  /** `exp`, as it stands there. */
  readonly expires: number;
  readonly nonce: string;
}

const LONGEST_KEY = 500;

/**
 * Null for a claim that names nobody or is not signed: platforms send it with what they have.
 * @param subject Who it is in LTI 1.3: the same as in 1.1 where the claim does not say.
 */
export function readFormerIdentityClaim(claim: unknown, subject: string): FormerIdentityClaim | null {
  if (typeof claim !== "object" || claim === null) return null;
  const { user_id = subject, oauth_consumer_key, oauth_consumer_key_sign } = claim as Record<string, unknown>;
  const named = isText(user_id, LONGEST_ID) && isText(oauth_consumer_key, LONGEST_KEY);
  if (!named || !isText(oauth_consumer_key_sign, LONGEST_KEY)) return null;
  return { user_id, consumer_key: oauth_consumer_key, signature: oauth_consumer_key_sign };
}

function isText(value: unknown, mostCharacters: number): value is string {
  return typeof value === "string" && value !== "" && value.length <= mostCharacters;
}

/** The text whose HMAC-SHA256 with the secret is the signature. */
export function signedTextOf(
  consumerKey: string,
  { deployment_id, issuer, client_id, expires, nonce }: FormerIdentityMessage,
): string {
  return [consumerKey, deployment_id, issuer, client_id, expires, nonce].join("&");
}
