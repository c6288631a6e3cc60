/** OAuth 1.0a signatures without a token (RFC 5849 §3.4.2): made, and checked. What is signed is in `core/lti/oauth1.ts`. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import {
  type Parameter,
  percentEncode,
  SIGNATURE_METHODS,
  type SignatureClaims,
  type SignatureMethod,
  signatureBaseString,
  signingKey,
} from "../../core/lti/oauth1.ts";

/** A form that was posted, and where to. */
export interface SignedForm {
  /** As whoever signed knows it. */
  readonly url: URL;
  readonly parameters: readonly Parameter[];
  readonly claims: SignatureClaims;
}

export function isSignedWith({ url, parameters, claims }: SignedForm, secret: string): boolean {
  const right = hmac(claims.method, secret, signatureBaseString("POST", url, parameters));
  return isSameText(right, claims.signature);
}

/** Takes as long for one that is nearly right as for one that is not. */
export function isSameText(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash("sha256").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

function hmac(method: SignatureMethod, secret: string, text: string): string {
  return createHmac(SIGNATURE_METHODS[method], signingKey(secret)).update(text).digest("base64");
}

export interface SignedBody {
  readonly url: URL;
  readonly body: string;
  readonly consumer_key: string;
  readonly secret: string;
  readonly nonce: string;
  readonly at: Date;
}

/**
 * The header that signs a posted body of another type than a form by its hash (OAuth Request Body Hash 1.0 §4), as LTI 1.1 grades
 * are sent. SHA-1, which every gradebook of LTI 1.1 knows.
 */
export function signedBodyHeader({ url, body, consumer_key, secret, nonce, at }: SignedBody): string {
  const parameters: Parameter[] = [
    ["oauth_body_hash", createHash("sha1").update(body, "utf8").digest("base64")],
    ["oauth_consumer_key", consumer_key],
    ["oauth_nonce", nonce],
    ["oauth_signature_method", "HMAC-SHA1"],
    ["oauth_timestamp", String(Math.floor(at.getTime() / 1000))],
    ["oauth_version", "1.0"],
  ];
  const signature = hmac("HMAC-SHA1", secret, signatureBaseString("POST", url, parameters));
  const written = [...parameters, ["oauth_signature", signature] as const].map(
    ([name, value]) => `${name}="${percentEncode(value)}"`,
  );
  return `OAuth ${written.join(", ")}`;
}
