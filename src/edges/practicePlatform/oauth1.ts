/** OAuth 1.0a as LTI 1.1 uses it (RFC 5849 §3.4; OAuth Request Body Hash §3): HMAC-SHA1 over method, address and parameters. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export type Parameters = Readonly<Record<string, string>>;

/** RFC 3986: what `encodeURIComponent` leaves and this must not. */
export function encoded(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function signatureOf(method: string, url: string, parameters: Parameters, secret: string): string {
  const address = new URL(url);
  const pairs = [
    ...address.searchParams,
    ...Object.entries(parameters).filter(([name]) => name !== "oauth_signature" && name !== "realm"),
  ].map(([name, value]): [string, string] => [encoded(name), encoded(value)]);
  const sorted = pairs.toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  const base = [
    method,
    encoded(`${address.origin}${address.pathname}`),
    encoded(sorted.map((pair) => pair.join("=")).join("&")),
  ].join("&");
  return createHmac("sha1", `${encoded(secret)}&`)
    .update(base)
    .digest("base64");
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

export function bodyHash(body: string): string {
  return createHash("sha1").update(body).digest("base64");
}

export function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Of `Authorization: OAuth name="value", …`; null where it is not one. */
export function readAuthorization(header: string | undefined): Parameters | null {
  const parameters = /^OAuth\s+(.*)$/is.exec(header ?? "")?.[1];
  if (parameters === undefined) return null;
  const found = [...parameters.matchAll(/([\w.~%-]+)="([^"]*)"/g)];
  try {
    return Object.fromEntries(
      found.map(([, name = "", value = ""]) => [decodeURIComponent(name), decodeURIComponent(value)]),
    );
  } catch {
    return null;
  }
}
