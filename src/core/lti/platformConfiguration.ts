/**
 * What a platform says of itself before it registers the tool (LTI Dynamic Registration 1.0 §3.4; RFC 8414). Read as if it came
 * from a stranger, which until then it is.
 */
import type { PlatformAbilities } from "./tool.ts";

export interface PlatformConfiguration extends PlatformAbilities {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly registration_endpoint: string;
  /** `aud` of what proves us; null: the token endpoint. */
  readonly authorization_server: string | null;
}

/** @param problem In words, for whoever registers: what is wrong with what the platform said. */
export type ReadConfiguration =
  | { readonly configuration: PlatformConfiguration }
  | { readonly problem: string };

const PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration";
const ENDPOINTS = ["authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"] as const;

const MOST_URL = 2048;
const MOST_PRODUCT = 100;
const MOST_LISTED = 200;

type Fields = Readonly<Record<string, unknown>>;

/** @param url Where it was read, after redirects. */
export function readPlatformConfiguration(url: URL, text: string): ReadConfiguration {
  const fields = jsonIn(text);
  if (!fields) return { problem: "its OpenID configuration is no JSON object" };
  const issuer = urlIn(fields["issuer"]);
  if (issuer === null) return { problem: "its OpenID configuration names no issuer" };
  const foreign = foreignIssuer(issuer, url);
  if (foreign) return { problem: foreign };
  const named = ENDPOINTS.map((name) => [name, urlIn(fields[name])] as const);
  const missing = named.find(([, value]) => value === null);
  if (missing) return { problem: `its OpenID configuration names no ${missing[0]}` };
  const endpoints = Object.fromEntries(named) as Record<(typeof ENDPOINTS)[number], string>;
  const platform = fieldsIn(fields[PLATFORM]);
  return {
    configuration: {
      issuer,
      ...endpoints,
      authorization_server: textIn(fields["authorization_server"], MOST_URL) || null,
      product: textIn(platform["product_family_code"], MOST_PRODUCT).toLowerCase(),
      scopes: Array.isArray(fields["scopes_supported"]) ? textsIn(fields["scopes_supported"]) : null,
      picking_placements: pickingPlacements(platform["messages_supported"]),
    },
  };
}

/**
 * Whoever answers at an address may speak for its own host, or, as a part of it, for the domain that it belongs to
 * (`developer.blackboard.com` for `blackboard.com`): so nobody registers in another platform's name.
 */
function foreignIssuer(issuer: string, url: URL): string | null {
  const { host } = new URL(issuer);
  const isPart = host.includes(".") && url.host.endsWith(`.${host}`);
  if (url.host === host || isPart) return null;
  return `it says that it is ${host}, and was read from ${url.host}: a platform can only speak for itself`;
}

function pickingPlacements(messages: unknown): readonly string[] {
  if (!Array.isArray(messages)) return [];
  return messages
    .slice(0, MOST_LISTED)
    .map(fieldsIn)
    .filter(({ type }) => type === "LtiDeepLinkingRequest")
    .flatMap(({ placements }) => (Array.isArray(placements) ? textsIn(placements) : []));
}

function jsonIn(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function fieldsIn(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

/** Whether it may be kept and shown as it is: whole characters, none of them a control character. */
export function isShowable(text: string): boolean {
  return !/\p{Cc}/u.test(text) && text.isWellFormed();
}

function textsIn(values: readonly unknown[]): readonly string[] {
  return values.slice(0, MOST_LISTED).filter((one): one is string => typeof one === "string");
}

function textIn(value: unknown, most: number): string {
  return typeof value === "string" && value.length <= most && isShowable(value) ? value.trim() : "";
}

/** As it was written: an issuer is compared letter by letter. */
function urlIn(value: unknown): string | null {
  const text = textIn(value, MOST_URL);
  return text !== "" && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : null;
}

/** Of the platform's answer to a registration, where it names the installation; null where it does not. */
export function deploymentIn(answer: Fields): string | null {
  const configuration = fieldsIn(answer["https://purl.imsglobal.org/spec/lti-tool-configuration"]);
  const { deployment_id } = configuration;
  const text = typeof deployment_id === "number" ? String(deployment_id) : deployment_id;
  return textIn(text, MOST_DEPLOYMENT) || null;
}

/** LTI 1.3 §5.3.3. */
export const MOST_DEPLOYMENT = 255;
