/** Signature version 4 as an S3-compatible service checks it: computed again from the request as it came. */
import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface S3Key {
  readonly id: string;
  readonly secret: string;
  readonly region: string;
}

const CLOCK_SKEW_SECONDS = 15 * 60;

/** @returns The service's code for what is wrong; undefined where nothing is. */
export function signatureProblem(
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  key: S3Key,
): string | undefined {
  const { authorization = "" } = request.headers;
  const [, credential = "", signedHeaders = "", signature = ""] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  const [id, date = "", region, service, end] = credential.split("/");
  if (id !== key.id) return "InvalidAccessKeyId";
  const time = String(request.headers["x-amz-date"]);
  if (region !== key.region || service !== "s3" || end !== "aws4_request" || !time.startsWith(date))
    return "AuthorizationHeaderMalformed";
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
  const sentAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!(Math.abs(Date.now() - sentAt) < CLOCK_SKEW_SECONDS * 1000)) return "RequestTimeTooSkewed";
  const names = signedHeaders.split(";");
  if (!mustBeSigned(request).every((name) => names.includes(name))) return "AccessDenied";
  const bodyHash = request.headers["x-amz-content-sha256"];
  if (bodyHash !== sha256(body)) return "XAmzContentSHA256Mismatch";
  const canonical = [
    request.method,
    url.pathname,
    canonicalQuery(url.search),
    ...names.map((name) => `${name}:${String(request.headers[name] ?? "").trim()}`),
    "",
    signedHeaders,
    bodyHash,
  ].join("\n");
  const scope = `${date}/${region}/s3/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const signingKey = [date, key.region, "s3", "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${key.secret}`,
  );
  return hmac(signingKey, text).toString("hex") === signature ? undefined : "SignatureDoesNotMatch";
}

/** The host, and every header of the service's own: whoever could change one could change what is done. */
function mustBeSigned({ headers }: IncomingMessage): string[] {
  return ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
}

function canonicalQuery(search: string): string {
  const pairs = search
    .slice(1)
    .split("&")
    .filter((pair) => pair !== "");
  return pairs
    .map((pair) => (pair.includes("=") ? pair : `${pair}=`))
    .sort()
    .join("&");
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
