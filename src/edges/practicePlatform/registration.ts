/** Tools become known here: by dynamic registration (a one-time token), or by what a person types in. */

import { SCOPES, valuesOf } from "./discovery.ts";
import type { Parts } from "./parts.ts";
import type { Tool } from "./platformTypes.ts";
import { type Fields, fieldsOf, optionalText, text, texts, webAddress } from "./read.ts";
import { Refusal, wrong } from "./refusal.ts";

const TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration";
const LAUNCH_MESSAGES = ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"];

/** @returns The tool's own registration page, told where to ask and by what right. */
export async function startRegistration({ shelf, origin, newId }: Parts, url: string): Promise<string> {
  const token = newId();
  await shelf.change(({ registration_tokens }) => ({ registration_tokens: [token, ...registration_tokens] }));
  const address = new URL(url);
  address.searchParams.set("openid_configuration", valuesOf(origin).configuration_url);
  address.searchParams.set("registration_token", token);
  shelf.log({ direction: "out", words: "The tool’s registration page was opened.", detail: address.href });
  return address.href;
}

/** OpenID Connect Dynamic Client Registration, as LTI narrows it. @returns What the tool is told. */
export async function register(
  parts: Parts,
  authorization: string | undefined,
  body: unknown,
): Promise<object> {
  const { shelf } = parts;
  const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  if (!shelf.kept.registration_tokens.includes(token))
    throw new Refusal(401, "invalid_token", "The registration token is none of this platform, or was used.");
  const sent = fieldsOf(body);
  const configuration = fieldsOf(sent[TOOL_CONFIGURATION]);
  const tool = toolOf(parts, sent, configuration);
  await shelf.change(({ tools, registration_tokens }) => ({
    tools: [...tools, tool],
    registration_tokens: registration_tokens.filter((one) => one !== token),
  }));
  shelf.log({ direction: "in", words: `${tool.name} registered itself as a tool.`, detail: body });
  return {
    ...sent,
    client_id: tool.client_id,
    scope: tool.scopes.join(" "),
    [TOOL_CONFIGURATION]: { ...configuration, deployment_id: tool.deployment_id },
  };
}

function toolOf({ newId, now }: Parts, sent: Fields, configuration: Fields): Tool {
  requireValue(sent, "application_type", "web", true);
  requireValue(sent, "token_endpoint_auth_method", "private_key_jwt", false);
  if (!texts(sent["response_types"]).includes("id_token"))
    throw wrong("response_types: expected `id_token` among them.");
  for (const grant of ["client_credentials", "implicit"])
    if (!texts(sent["grant_types"]).includes(grant))
      throw wrong(`grant_types: expected \`${grant}\` among them.`);
  const redirects = texts(sent["redirect_uris"]);
  if (redirects.length === 0) throw wrong("redirect_uris: found none, expected one or more addresses.");
  const messages = (Array.isArray(configuration["messages"]) ? configuration["messages"] : []).map(fieldsOf);
  const unknown = messages.find(({ type }) => !LAUNCH_MESSAGES.includes(String(type)));
  if (unknown) throw wrong(`messages: found ${JSON.stringify(unknown["type"])}, which is not supported.`);
  text(configuration, "domain");
  const deepLinking = messages.find(({ type }) => type === "LtiDeepLinkingRequest");
  const target = webAddress(configuration, "target_link_uri");
  const asked = typeof sent["scope"] === "string" ? sent["scope"].split(/\s+/) : [];
  return {
    client_id: newId(),
    deployment_id: `deployment-${newId().slice(0, 8)}`,
    name: text(sent, "client_name"),
    login_url: webAddress(sent, "initiate_login_uri"),
    redirect_urls: redirects,
    jwks_url: webAddress(sent, "jwks_uri"),
    target_url: target,
    deep_linking_url: deepLinking ? optionalText(deepLinking, "target_link_uri") || target : null,
    scopes: Object.values(SCOPES).filter((scope) => asked.includes(scope)),
    registered: "by dynamic registration",
    registered_at: now().toISOString(),
  };
}

function requireValue(sent: Fields, name: string, expected: string, mayBeMissing: boolean): void {
  if (sent[name] === expected || (mayBeMissing && sent[name] === undefined)) return;
  throw wrong(`${name}: found ${JSON.stringify(sent[name]) ?? "nothing"}, expected \`${expected}\`.`);
}

/** What a platform's administrator types in, where there is no dynamic registration. */
export async function registerByHand({ shelf, newId, now }: Parts, body: Fields): Promise<Tool> {
  const login_url = webAddress(body, "login_url");
  const redirect = webAddress(body, "redirect_url");
  const tool: Tool = {
    client_id: newId(),
    deployment_id: `deployment-${newId().slice(0, 8)}`,
    name: text(body, "name"),
    login_url,
    redirect_urls: [redirect],
    jwks_url: webAddress(body, "jwks_url"),
    target_url: optionalText(body, "target_url") || redirect,
    deep_linking_url: optionalText(body, "deep_linking_url") || null,
    scopes: Object.values(SCOPES),
    registered: "by hand",
    registered_at: now().toISOString(),
  };
  await shelf.change(({ tools }) => ({ tools: [...tools, tool] }));
  shelf.log({ direction: "here", words: `${tool.name} was registered by hand.`, detail: tool });
  return tool;
}

/** With everything that came of it: its links and columns are gone too. */
export async function forgetTool({ shelf }: Parts, clientId: string): Promise<void> {
  const others = <Item extends { readonly client_id: string | null }>(items: readonly Item[]) =>
    items.filter(({ client_id }) => client_id !== clientId);
  await shelf.change((kept) => ({
    tools: others(kept.tools),
    links: others(kept.links),
    line_items: others(kept.line_items),
    access_tokens: others(kept.access_tokens),
  }));
}
