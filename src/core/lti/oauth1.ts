/**
 * What an OAuth 1.0a signature is made of (RFC 5849 §3.4), without a token: launches and grades of LTI 1.1 are signed so. The
 * hashing itself is the flows' (`src/flows/lti/oauth1Signatures.ts`).
 */
import { Fault } from "../faults.ts";

/** As it stands in a form, a query or a header: decoded, in the order sent, names as often as they were sent. */
export type Parameter = readonly [name: string, value: string];

/** By the name in `oauth_signature_method`: what hashes. */
export const SIGNATURE_METHODS = { "HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256" } as const;
export type SignatureMethod = keyof typeof SIGNATURE_METHODS;

export interface SignatureClaims {
  readonly consumer_key: string;
  readonly method: SignatureMethod;
  readonly signature: string;
  readonly nonce: string;
  /** Seconds since 1970. */
  readonly timestamp_seconds: number;
}

/** RFC 5849 §3.6: what is not one of these letters is escaped, byte by byte. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * What a form holds, as browsers write it: `application/x-www-form-urlencoded`.
 * @throws Fault `body_invalid` where it is no such text: a value that two readers read differently is signed for neither.
 */
export function readForm(text: string): Parameter[] {
  return text
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      const [name, value] = equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [decodeFormText(name), decodeFormText(value)] as const;
    });
}

function decodeFormText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (cause) {
    throw new Fault("body_invalid", "The form can't be read: expected UTF-8 in percent encoding.", { cause });
  }
}

/** Scheme and host in small letters, the usual port left out, no query (RFC 5849 §3.4.1.2). */
export function baseStringUri(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** The text that is signed. `parameters` are those of the body or the header; the URL's own are added. */
export function signatureBaseString(method: string, url: URL, parameters: readonly Parameter[]): string {
  const all = [...parameters.filter(isSigned), ...readForm(url.search.slice(1))];
  const pairs = all.map(([name, value]) => ({ name: percentEncode(name), value: percentEncode(value) }));
  const sorted = pairs.sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
  const normalized = sorted.map(({ name, value }) => `${name}=${value}`).join("&");
  return [method.toUpperCase(), baseStringUri(url), normalized].map(percentEncode).join("&");
}

/** The key to hash with: of the secret alone, as there is no token. */
export function signingKey(secret: string): string {
  return `${percentEncode(secret)}&`;
}

/** The signature can't sign itself; `realm` belongs to the header (RFC 5849 §3.4.1.3.1). */
function isSigned([name]: Parameter): boolean {
  return name !== "oauth_signature" && name !== "realm";
}

/** By bytes: after encoding both are ASCII. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const LONGEST_OAUTH_VALUE = 500;
const TIMESTAMP = /^\d{1,12}$/;

/**
 * What the message says about its own signature.
 * @throws Fault `lti11_parameter_missing`, `lti11_parameter_repeated`, `lti11_parameter_invalid` or
 * `lti11_signature_method_unsupported`.
 */
export function readSignatureClaims(parameters: readonly Parameter[]): SignatureClaims {
  const read = (name: string) => requireValue(parameters, name, LONGEST_OAUTH_VALUE);
  const version = readValue(parameters, "oauth_version", LONGEST_OAUTH_VALUE);
  if (version !== null && version !== "1.0") throw invalid("oauth_version", "1.0, or none");
  const method = read("oauth_signature_method");
  if (!isSignatureMethod(method))
    throw new Fault(
      "lti11_signature_method_unsupported",
      `oauth_signature_method: expected ${Object.keys(SIGNATURE_METHODS).join(" or ")}.`,
    );
  const timestamp = read("oauth_timestamp");
  if (!TIMESTAMP.test(timestamp)) throw invalid("oauth_timestamp", "seconds since 1970 as a whole number");
  return {
    consumer_key: read("oauth_consumer_key"),
    method,
    signature: read("oauth_signature"),
    nonce: read("oauth_nonce"),
    timestamp_seconds: Number(timestamp),
  };
}

function isSignatureMethod(text: string): text is SignatureMethod {
  return Object.hasOwn(SIGNATURE_METHODS, text);
}

/**
 * The one value of a parameter; null where it is not sent.
 * @throws Fault `lti11_parameter_repeated`: of two, nobody knows which one counts; `lti11_parameter_invalid`: too long.
 */
export function readValue(
  parameters: readonly Parameter[],
  name: string,
  mostCharacters: number,
): string | null {
  const [first, ...others] = parameters.filter(([sent]) => sent === name);
  if (!first) return null;
  if (others.length > 0) throw new Fault("lti11_parameter_repeated", `${name}: expected once.`);
  const [, value] = first;
  if (value.length > mostCharacters) throw invalid(name, `at most ${mostCharacters} characters`);
  return value;
}

/** @throws Fault also `lti11_parameter_missing`: not sent, or empty. */
export function requireValue(parameters: readonly Parameter[], name: string, mostCharacters: number): string {
  const value = readValue(parameters, name, mostCharacters);
  if (value === null || value === "")
    throw new Fault("lti11_parameter_missing", `${name}: expected in the launch.`);
  return value;
}

function invalid(name: string, expected: string): Fault {
  return new Fault("lti11_parameter_invalid", `${name}: expected ${expected}.`);
}
