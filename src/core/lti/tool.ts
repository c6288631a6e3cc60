/** What the gateway is as an LTI tool: every value that a platform asks for, by hand or when it registers itself. */
import { CANVAS_PICKING_PLACEMENTS, pickingPlacementsAmong } from "./placements.ts";
import { TOOL_SCOPES } from "./scopes.ts";

export const LTI_PATHS = {
  login: "/lti/login",
  launch: "/lti/launch",
  jwks: "/lti/jwks",
  icon: "/lti/icon.png",
  /** Followed by a link's secret. */
  register: "/lti/register/",
  canvas: "/lti/config/canvas.json",
} as const;

export const TOOL_NAME = "Tallygate";
const TOOL_DESCRIPTION = "Opens licensed courses, resumes them where they were left, and sends grades back.";

/** What launches may say of a person: evidence of who they are (RULES §6), and where they come back to. */
const CLAIMS = [
  "iss",
  "sub",
  "name",
  "given_name",
  "family_name",
  "email",
  "locale",
  "https://purl.imsglobal.org/spec/lti/claim/lis",
] as const;

const RESOURCE_LINK = "LtiResourceLinkRequest";
const DEEP_LINKING = "LtiDeepLinkingRequest";

export interface ToolValues {
  readonly name: string;
  readonly description: string;
  readonly domain: string;
  readonly login_url: string;
  readonly redirect_urls: readonly string[];
  readonly jwks_url: string;
  /** Of links that name no delivery: those that courses are picked by. */
  readonly target_link_url: string;
  readonly deep_linking_url: string;
  readonly icon_url: string;
  readonly canvas_configuration_url: string;
  readonly message_types: readonly string[];
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
}

export function toolValuesOf(appOrigin: string): ToolValues {
  const at = (path: string) => `${appOrigin}${path}`;
  return {
    name: TOOL_NAME,
    description: TOOL_DESCRIPTION,
    domain: new URL(appOrigin).host,
    login_url: at(LTI_PATHS.login),
    redirect_urls: [at(LTI_PATHS.launch)],
    jwks_url: at(LTI_PATHS.jwks),
    target_link_url: at(LTI_PATHS.launch),
    deep_linking_url: at(LTI_PATHS.launch),
    icon_url: at(LTI_PATHS.icon),
    canvas_configuration_url: at(LTI_PATHS.canvas),
    message_types: [RESOURCE_LINK, DEEP_LINKING],
    scopes: TOOL_SCOPES,
    claims: CLAIMS,
  };
}

/** What a platform that registers us can do, as far as it says. */
export interface PlatformAbilities {
  readonly product: string;
  /** Null: it does not say. */
  readonly scopes: readonly string[] | null;
  readonly picking_placements: readonly string[];
}

/** LTI Dynamic Registration 1.0 §3.5. Keys as the specification has them. */
export function toolRegistrationOf(appOrigin: string, platform: PlatformAbilities) {
  const tool = toolValuesOf(appOrigin);
  const placements = pickingPlacementsAmong(platform.picking_placements);
  const picking = { type: DEEP_LINKING, target_link_uri: tool.deep_linking_url, label: tool.name };
  return {
    application_type: "web",
    response_types: ["id_token"],
    grant_types: ["implicit", "client_credentials"],
    initiate_login_uri: tool.login_url,
    redirect_uris: tool.redirect_urls,
    client_name: tool.name,
    jwks_uri: tool.jwks_url,
    logo_uri: tool.icon_url,
    token_endpoint_auth_method: "private_key_jwt",
    scope: tool.scopes.filter((scope) => platform.scopes?.includes(scope) ?? true).join(" "),
    "https://purl.imsglobal.org/spec/lti-tool-configuration": {
      domain: tool.domain,
      description: tool.description,
      target_link_uri: tool.target_link_url,
      custom_parameters: {},
      claims: tool.claims,
      messages: [{ type: RESOURCE_LINK }, placements.length > 0 ? { ...picking, placements } : picking],
      // Canvas sends no names otherwise.
      ...(platform.product === "canvas"
        ? { "https://canvas.instructure.com/lti/privacy_level": "public" }
        : {}),
    },
  };
}

/** What Canvas takes by "Enter URL" or "Paste JSON" for an LTI developer key. */
export function canvasConfigurationOf(appOrigin: string) {
  const tool = toolValuesOf(appOrigin);
  const picking = {
    enabled: true,
    message_type: DEEP_LINKING,
    target_link_uri: tool.deep_linking_url,
    text: tool.name,
    icon_url: tool.icon_url,
  };
  return {
    title: tool.name,
    description: tool.description,
    target_link_uri: tool.target_link_url,
    oidc_initiation_url: tool.login_url,
    public_jwk_url: tool.jwks_url,
    scopes: tool.scopes,
    custom_fields: {},
    extensions: [
      {
        platform: "canvas.instructure.com",
        domain: tool.domain,
        tool_id: tool.name.toLowerCase(),
        privacy_level: "public",
        settings: {
          text: tool.name,
          icon_url: tool.icon_url,
          placements: CANVAS_PICKING_PLACEMENTS.map((placement) => ({ ...picking, placement })),
        },
      },
    ],
  };
}
