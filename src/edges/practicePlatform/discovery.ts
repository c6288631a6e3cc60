/** What the platform says about itself: its addresses, and the document that dynamic registration begins with. */
import type { PlatformValues } from "./platformTypes.ts";

export const SCOPES = {
  lineItem: "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
  lineItemReadOnly: "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
  resultReadOnly: "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
  score: "https://purl.imsglobal.org/spec/lti-ags/scope/score",
  memberships: "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
} as const;

export const PRODUCT = "tallygate-practice-platform";

export function valuesOf(origin: string): PlatformValues {
  return {
    issuer: origin,
    configuration_url: `${origin}/.well-known/openid-configuration`,
    authorization_url: `${origin}/authorize`,
    token_url: `${origin}/token`,
    jwks_url: `${origin}/jwks`,
  };
}

export function configurationOf(origin: string): object {
  const values = valuesOf(origin);
  return {
    issuer: values.issuer,
    authorization_endpoint: values.authorization_url,
    registration_endpoint: `${origin}/register`,
    jwks_uri: values.jwks_url,
    token_endpoint: values.token_url,
    token_endpoint_auth_methods_supported: ["private_key_jwt"],
    token_endpoint_auth_signing_alg_values_supported: ["RS256"],
    scopes_supported: ["openid", ...Object.values(SCOPES)],
    response_types_supported: ["id_token"],
    id_token_signing_alg_values_supported: ["RS256"],
    subject_types_supported: ["public"],
    claims_supported: ["sub", "iss", "name", "given_name", "family_name", "email", "locale"],
    "https://purl.imsglobal.org/spec/lti-platform-configuration": {
      product_family_code: PRODUCT,
      version: "1",
      messages_supported: [{ type: "LtiResourceLinkRequest" }, { type: "LtiDeepLinkingRequest" }],
      variables: [],
    },
  };
}
