/** The claims of an `id_token` (LTI 1.3 §5.3, §5.4; Deep Linking 2.0 §2.1; AGS 2.0 §3.1; NRPS 2.0 §3.6.1.1). */
import { createHmac } from "node:crypto";
import { PRODUCT, SCOPES } from "./discovery.ts";
import { COURSE } from "./firstState.ts";
import { requireLearner, requireLink } from "./launches.ts";
import { lineItemsUrl, lineItemUrl } from "./lineItems.ts";
import type { Parts } from "./parts.ts";
import type { Launch, Learner, Role, Tool } from "./platformTypes.ts";

const LTI = "https://purl.imsglobal.org/spec/lti/claim";
const DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim";
const TOKEN_SECONDS = 300;

export const ROLES: Readonly<Record<Role, readonly string[]>> = {
  learner: [
    "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner",
    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student",
  ],
  instructor: ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
};

/** `aud` is a list with `azp` beside it: allowed, and what a tool is less used to. */
export function idTokenClaims(parts: Parts, launch: Launch, tool: Tool, nonce: string): object {
  const issuedAt = Math.floor(parts.now().getTime() / 1000) + parts.shelf.kept.faults.clock_skew_seconds;
  const learner = requireLearner(parts, launch.user_id);
  const base = {
    iss: parts.origin,
    aud: [tool.client_id],
    azp: tool.client_id,
    iat: issuedAt,
    exp: issuedAt + TOKEN_SECONDS,
    nonce,
    ...personClaims(learner, launch.settings.tells),
    [`${LTI}/version`]: "1.3.0",
    [`${LTI}/deployment_id`]: tool.deployment_id,
    [`${LTI}/roles`]: ROLES[launch.role],
    [`${LTI}/context`]: {
      ...COURSE,
      type: ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
    },
    [`${LTI}/tool_platform`]: {
      guid: parts.origin,
      name: "Practice platform",
      product_family_code: PRODUCT,
      version: "1",
    },
    [`${LTI}/launch_presentation`]: {
      document_target: launch.settings.shown_in === "frame" ? "iframe" : "window",
      return_url: `${parts.origin}/returned/${launch.launch_id}`,
      locale: "en",
    },
    ...sourcedIds(learner, launch),
    ...serviceClaims(parts, launch, tool),
    ...formerClaim(parts, launch, tool, learner, issuedAt + TOKEN_SECONDS, nonce),
  };
  return {
    ...base,
    ...(launch.type === "deep_linking" ? deepLinkingClaims(parts, launch) : linkClaims(parts, launch)),
  };
}

function personClaims(learner: Learner, tells: Launch["settings"]["tells"]): object {
  if (tells === "nothing") return {};
  const sub = { sub: learner.user_id };
  if (tells === "id") return sub;
  const { given_name, family_name, email } = learner;
  const names = { ...sub, given_name, family_name, name: `${given_name} ${family_name}` };
  return tells === "names" || email === "" ? names : { ...names, email };
}

function sourcedIds({ sourcedid }: Learner, { settings }: Launch): object {
  return settings.tells === "all" ? { [`${LTI}/lis`]: { person_sourcedid: sourcedid } } : {};
}

function linkClaims(parts: Parts, launch: Launch): object {
  const link = requireLink(parts, launch.link_id ?? "");
  return {
    [`${LTI}/message_type`]: "LtiResourceLinkRequest",
    [`${LTI}/target_link_uri`]: link.url,
    [`${LTI}/resource_link`]: { id: link.link_id, title: link.title },
    ...(Object.keys(link.custom).length === 0 ? {} : { [`${LTI}/custom`]: link.custom }),
  };
}

function deepLinkingClaims(parts: Parts, launch: Launch): object {
  const tool = parts.shelf.kept.tools.find(({ client_id }) => client_id === launch.client_id);
  return {
    [`${LTI}/message_type`]: "LtiDeepLinkingRequest",
    [`${LTI}/target_link_uri`]: tool?.deep_linking_url,
    [`${DEEP_LINKING}/deep_linking_settings`]: {
      deep_link_return_url: `${parts.origin}/deep-linking/${launch.launch_id}`,
      accept_types: ["ltiResourceLink"],
      accept_presentation_document_targets: ["iframe", "window"],
      accept_multiple: true,
      accept_lineitem: true,
      auto_create: true,
      title: "Add activities",
      text: "",
      data: launch.launch_id,
    },
  };
}

function serviceClaims(parts: Parts, launch: Launch, tool: Tool): object {
  const grades = tool.scopes.filter((scope) => scope !== SCOPES.memberships);
  const lineItem = parts.shelf.kept.line_items.find(
    ({ link_id, client_id }) => launch.link_id !== null && link_id === launch.link_id && client_id !== null,
  );
  return {
    ...(grades.length === 0
      ? {}
      : {
          "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
            scope: grades,
            lineitems: lineItemsUrl(parts.origin),
            ...(lineItem ? { lineitem: lineItemUrl(parts.origin, lineItem) } : {}),
          },
        }),
    ...(tool.scopes.includes(SCOPES.memberships)
      ? {
          "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
            context_memberships_url: `${parts.origin}/contexts/${COURSE.id}/memberships`,
            service_versions: ["2.0"],
          },
        }
      : {}),
  };
}

/** Who the learner was in LTI 1.1, proved with that key's secret (LTI 1.3 migration, §2). */
function formerClaim(
  { shelf, origin }: Parts,
  launch: Launch,
  tool: Tool,
  learner: Learner,
  exp: number,
  nonce: string,
): object {
  const consumer = shelf.kept.consumers.find(({ key }) => key === launch.settings.former_key);
  if (consumer === undefined) return {};
  const base = [consumer.key, tool.deployment_id, origin, tool.client_id, exp, nonce].join("&");
  return {
    [`${LTI}/lti1p1`]: {
      user_id: learner.former_user_id,
      oauth_consumer_key: consumer.key,
      oauth_consumer_key_sign: createHmac("sha256", consumer.secret).update(base).digest("base64"),
    },
  };
}
