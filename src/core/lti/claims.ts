/**
 * What the claims of an `id_token` must say before anything in them is believed (OpenID Connect Core §3.1.3.7, 1EdTech Security
 * Framework §5.1.3, LTI 1.3 §5.3). Its signature was checked before; here each refusal has its code.
 */
import { Fault } from "../faults.ts";

export type Claims = Readonly<Record<string, unknown>>;

export interface ExpectedToken {
  readonly issuer: string;
  readonly client_id: string;
  /** Of the login. */
  readonly nonce: string;
  readonly at: Date;
}

export type MessageType = "LtiResourceLinkRequest" | "LtiDeepLinkingRequest";

export const LTI_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/";

/** Clocks differ by so much at most. */
const SKEW_SECONDS = 60;
const LONGEST_TOKEN_SECONDS = 24 * 60 * 60;
/** LTI 1.3 §5.3.3. */
const LONGEST_DEPLOYMENT_ID = 255;

/** Who made it, for whom, when, and for which login. */
export function requireToken(claims: Claims, expected: ExpectedToken): void {
  if (claims["iss"] !== expected.issuer)
    throw new Fault("lti_issuer_wrong", `iss: expected ${quoted(expected.issuer)}.`);
  requireAudience(claims, expected.client_id);
  requireTimes(claims, expected.at.getTime() / 1000);
  if (claims["nonce"] !== expected.nonce)
    throw new Fault("lti_nonce_foreign", "nonce: expected the one that was sent with the login.");
}

function requireAudience(claims: Claims, clientId: string): void {
  const { aud, azp } = claims as { aud?: unknown; azp?: unknown };
  const audiences = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(clientId))
    throw new Fault("lti_audience_wrong", `aud: expected ${quoted(clientId)}.`);
  if (audiences.length > 1 && azp === undefined)
    throw new Fault("lti_authorized_party_missing", "azp: expected one where aud names several.");
  if (azp !== undefined && azp !== clientId)
    throw new Fault("lti_authorized_party_wrong", `azp: expected ${quoted(clientId)}.`);
}

function requireTimes(claims: Claims, now: number): void {
  const { exp, iat, nbf } = claims as { exp?: unknown; iat?: unknown; nbf?: unknown };
  if (!isNumber(exp))
    throw new Fault("lti_expiry_missing", "exp: expected a time, in seconds since the beginning of 1970.");
  if (!isNumber(iat))
    throw new Fault("lti_issued_at_missing", "iat: expected a time, in seconds since the beginning of 1970.");
  if (exp <= now - SKEW_SECONDS) throw new Fault("lti_token_expired", "exp: expected a time to come.");
  if (exp > now + LONGEST_TOKEN_SECONDS + SKEW_SECONDS)
    throw new Fault("lti_expiry_too_far", "exp: expected a time within the next 24 hours.");
  const from = isNumber(nbf) ? Math.max(iat, nbf) : iat;
  if (from > now + SKEW_SECONDS)
    throw new Fault("lti_token_from_future", "iat, nbf: expected times that are past.");
}

/** What kind of message it is, of those that are taken here. */
export function requireMessageType(claims: Claims): MessageType {
  if (claims[`${LTI_CLAIM}version`] !== "1.3.0")
    throw new Fault("lti_version_unsupported", "version: expected 1.3.0.");
  const type = claims[`${LTI_CLAIM}message_type`];
  if (type === "LtiResourceLinkRequest" || type === "LtiDeepLinkingRequest") return type;
  throw new Fault(
    "lti_message_type_unsupported",
    "message_type: expected LtiResourceLinkRequest or LtiDeepLinkingRequest.",
  );
}

export function requireDeploymentId(claims: Claims): string {
  const id = claims[`${LTI_CLAIM}deployment_id`];
  const isOne = typeof id === "string" && id !== "" && id.length <= LONGEST_DEPLOYMENT_ID;
  // The database takes neither NUL nor half a surrogate pair.
  if (isOne && id.isWellFormed() && !id.includes("\u0000")) return id;
  throw new Fault("lti_deployment_missing", "deployment_id: expected a text of 1 to 255 characters.");
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
