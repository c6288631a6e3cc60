/** The OpenID Connect authorization endpoint (LTI 1.3 §5.1.1.2): who is signed in here goes back to the tool, signed. */
import { idTokenClaims } from "./claims.ts";
import { signed } from "./keys.ts";
import { requireFreshLaunch } from "./launches.ts";
import { type Parts, requireTool } from "./parts.ts";
import type { Launch, Tool } from "./platformTypes.ts";
import { type Fields, text } from "./read.ts";
import { Refusal } from "./refusal.ts";

/** What the browser posts to the tool. */
export interface FormPost {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * @param signedIn Whom the platform's cookie names; "" where the browser keeps none. Then the hint alone tells: it was made
 * by this platform's page a moment ago and nobody else knows it.
 * @throws Refusal where the tool can't be told: who asked is nobody known.
 */
export function authorize(parts: Parts, sent: Fields, signedIn: string): FormPost {
  const tool = requireTool(parts, sent["client_id"]);
  const action = text(sent, "redirect_uri");
  if (!tool.redirect_urls.includes(action))
    throw new Refusal(
      400,
      "invalid_request",
      `redirect_uri: found ${action}, which ${tool.name} did not register.`,
    );
  const state = typeof sent["state"] === "string" ? { state: sent["state"] } : {};
  try {
    const launch = launchOf(parts, tool, sent, signedIn);
    const claims = idTokenClaims(parts, launch, tool, text(sent, "nonce"));
    parts.shelf.log({
      direction: "out",
      words: `${tool.name} was told who launches, and what.`,
      detail: claims,
    });
    return { action, fields: { id_token: signed(parts.shelf.kept.keys, claims), ...state } };
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    parts.shelf.log({
      direction: "out",
      words: `The login was refused: ${cause.message}`,
      detail: sent,
      failed: true,
    });
    return { action, fields: { error: cause.error, error_description: cause.message, ...state } };
  }
}

const REQUIRED: readonly [name: string, value: string][] = [
  ["response_type", "id_token"],
  ["response_mode", "form_post"],
  ["prompt", "none"],
];

function launchOf(parts: Parts, tool: Tool, sent: Fields, signedIn: string): Launch {
  if (!text(sent, "scope").split(" ").includes("openid"))
    throw new Refusal(400, "invalid_scope", "scope: expected `openid`.");
  for (const [name, value] of REQUIRED)
    if (text(sent, name) !== value)
      throw new Refusal(400, "invalid_request", `${name}: expected \`${value}\`.`);
  const launch = requireFreshLaunch(parts, text(sent, "lti_message_hint"));
  if (launch.client_id !== tool.client_id)
    throw new Refusal(400, "invalid_request", "lti_message_hint: it is of another tool's launch.");
  if (text(sent, "login_hint") !== launch.user_id || (signedIn !== "" && signedIn !== launch.user_id))
    throw new Refusal(400, "login_required", "Somebody else is signed in here by now. Launch again.");
  return launch;
}
