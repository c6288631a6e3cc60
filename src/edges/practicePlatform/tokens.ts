/** Access to the services (1EdTech Security Framework §4.1): a tool proves itself by its key and gets a token for an hour. */

import jwt from "jsonwebtoken";
import { valuesOf } from "./discovery.ts";
import type { Parts } from "./parts.ts";
import { requireTool } from "./parts.ts";
import type { Tool } from "./platformTypes.ts";
import { type Fields, fieldsOf, text } from "./read.ts";
import { Refusal } from "./refusal.ts";
import { verifyToolMessage } from "./toolMessage.ts";

const TOKEN_SECONDS = 3600;
const MOST_TOKENS = 200;
const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export async function giveToken(parts: Parts, sent: Fields): Promise<object> {
  if (sent["grant_type"] !== "client_credentials")
    throw new Refusal(400, "unsupported_grant_type", "grant_type: expected `client_credentials`.");
  if (sent["client_assertion_type"] !== ASSERTION)
    throw new Refusal(400, "invalid_request", `client_assertion_type: expected \`${ASSERTION}\`.`);
  const assertion = text(sent, "client_assertion");
  const tool = requireTool(parts, fieldsOf(jwt.decode(assertion))["iss"]);
  const { token_url, issuer } = valuesOf(parts.origin);
  const claims = await verifyToolMessage(parts, tool, assertion, "jti", [token_url, issuer]);
  if (claims["sub"] !== tool.client_id)
    throw new Refusal(401, "invalid_client", "sub: expected the client id, as in iss.");
  const scopes = requireScopes(tool, text(sent, "scope"));
  const token = `${parts.newId()}${parts.newId()}`;
  const ends_at = new Date(parts.now().getTime() + TOKEN_SECONDS * 1000).toISOString();
  await parts.shelf.change(({ access_tokens }) => ({
    access_tokens: [{ token, client_id: tool.client_id, scopes, ends_at }, ...access_tokens].slice(
      0,
      MOST_TOKENS,
    ),
  }));
  parts.shelf.log({ direction: "in", words: `${tool.name} got access to the services.`, detail: claims });
  return { access_token: token, token_type: "Bearer", expires_in: TOKEN_SECONDS, scope: scopes.join(" ") };
}

function requireScopes(tool: Tool, asked: string): string[] {
  const scopes = asked.split(/\s+/);
  const foreign = scopes.find((scope) => !tool.scopes.includes(scope));
  if (foreign !== undefined)
    throw new Refusal(400, "invalid_scope", `scope: found ${foreign}, which was not granted to the tool.`);
  return scopes;
}

/** @returns The tool that the token was given to. @throws Refusal where it is none or not for this. */
export function requireAccess(
  parts: Parts,
  authorization: string | undefined,
  scopes: readonly string[],
): Tool {
  const sent = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  const found = parts.shelf.kept.access_tokens.find(({ token }) => token === sent);
  if (found === undefined || Date.parse(found.ends_at) <= parts.now().getTime())
    throw new Refusal(401, "invalid_token", "The access token is none of this platform, or has ended.");
  if (!found.scopes.some((scope) => scopes.includes(scope)))
    throw new Refusal(403, "insufficient_scope", `The access token is not for ${scopes.join(" or ")}.`);
  return requireTool(parts, found.client_id);
}

/** As a platform does that was restarted: tools must notice, and ask for another. */
export async function forgetTokens({ shelf }: Parts): Promise<void> {
  await shelf.change(() => ({ access_tokens: [] }));
  shelf.log({ direction: "here", words: "All access tokens were forgotten: the next call is answered 401." });
}
