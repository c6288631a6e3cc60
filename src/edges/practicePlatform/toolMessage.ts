/** Checks what a tool signed (LTI 1.3 §5.2): by its JWKS, its times, whom it is for, and that it was not seen before. */
import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import jwt from "jsonwebtoken";
import type { Parts } from "./parts.ts";
import type { Tool } from "./platformTypes.ts";
import { type Fields, fieldsOf, text } from "./read.ts";
import { Refusal } from "./refusal.ts";
import { requireUnseen } from "./seen.ts";

const SKEW_SECONDS = 60;

const refuse = (why: string) => new Refusal(401, "invalid_client", why);

/**
 * @param once The claim that makes the message unique.
 * @param audiences Of which it must name one.
 */
export async function verifyToolMessage(
  parts: Parts,
  tool: Tool,
  message: string,
  once: "jti" | "nonce",
  audiences: readonly [string, ...string[]],
): Promise<Fields> {
  const decoded = jwt.decode(message, { complete: true });
  if (decoded === null) throw refuse("The message is no JWT.");
  const key = await keyOf(parts, tool, decoded.header.kid);
  const claims = fieldsOf(verified(parts, message, key, audiences));
  if (claims["iss"] !== tool.client_id)
    throw refuse(`iss: found ${JSON.stringify(claims["iss"])}, expected the client id ${tool.client_id}.`);
  for (const name of ["exp", "iat"])
    if (typeof claims[name] !== "number") throw refuse(`${name}: found none, expected a time.`);
  const skew = Number(claims["iat"]) - parts.now().getTime() / 1000;
  if (skew > SKEW_SECONDS) throw refuse("iat: the message was made in the future.");
  await requireUnseen(parts, `${tool.client_id} ${once} ${text(claims, once)}`);
  return claims;
}

function verified(
  { now }: Parts,
  message: string,
  key: KeyObject,
  audiences: readonly [string, ...string[]],
): unknown {
  try {
    return jwt.verify(message, key, {
      algorithms: ["RS256", "RS384", "RS512", "ES256", "ES384", "PS256"],
      audience: [...audiences] as [string, ...string[]],
      clockTimestamp: Math.floor(now().getTime() / 1000),
      clockTolerance: SKEW_SECONDS,
    });
  } catch (cause) {
    throw refuse(`The tool's message does not hold: ${(cause as Error).message}.`);
  }
}

/** Asked anew for each message: a practice platform has few, and then a tool that changed its keys is found out at once. */
async function keyOf({ fetchJson }: Parts, tool: Tool, kid: string | undefined): Promise<KeyObject> {
  if (kid === undefined) throw refuse("kid: found none, expected the id of a key in the tool's JWKS.");
  const { keys } = fieldsOf(await fetchJson(tool.jwks_url));
  const found = (Array.isArray(keys) ? keys : []).map(fieldsOf).find((key) => key["kid"] === kid);
  if (found === undefined) throw refuse(`kid: found ${kid}, which is not in the tool's JWKS.`);
  try {
    return createPublicKey({ key: found as JsonWebKey, format: "jwk" });
  } catch {
    throw refuse(`kid: what is called ${kid} in the tool's JWKS is no public key.`);
  }
}
