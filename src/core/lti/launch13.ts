/**
 * What an LTI 1.3 message says, of which `claims.ts` has seen that it may be believed (LTI 1.3 §5.3, §5.4; Deep Linking 2.0 §3.4).
 * What must be there is asked for by name; all else is cut to what can be kept, and left out where it is of another type.
 */
import { Fault } from "../faults.ts";
import { LONGEST_ID } from "../identity.ts";
import { wellFormed } from "../text.ts";
import { type Claims, LTI_CLAIM } from "./claims.ts";
import type { LtiDeepLinkingMessage } from "./deepLinking.ts";
import { DELIVERY_PARAMETER, GRADE_PARAMETER, LTI_LINKS_PATH, NO_GRADE } from "./links.ts";
import type { LtiGradeService, LtiMessage, LtiPerson, LtiPresentation } from "./message.ts";
import { webUrlOf } from "./returnUrl.ts";

/** Whose message it is: decided by issuer, client id and deployment id, never by what else is in it. */
export interface Sender {
  readonly account_id: string;
  readonly connection_id: string;
  readonly registration_id: string;
  readonly issuer: string;
  readonly former: LtiPerson["former"];
}

const DEEP_LINKING_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
/** No other platform says where the message comes from. */
const CANVAS_PLACEMENT = "https://www.instructure.com/placement";
const GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
const MEMBERSHIPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";

// A message travels in an address to the player, and servers on the way refuse long ones: what need not be kept whole is cut.
const LONGEST_NAME = 1000;
const LONGEST_TITLE = 300;
const LONGEST_LISTED = 200;
const LONGEST_URL = 2048;
/** Opaque to us, and goes back as it came. */
const LONGEST_DATA = 50_000;
const MOST_LISTED = 30;
const DELIVERY_KEY = /^[A-Za-z0-9_-]{1,100}$/;
const LOCALE = /^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,4}$/;

/** @param nonce Of the login, made here. */
export function readLaunch13(claims: Claims, sender: Sender, nonce: string, appOrigin: string): LtiMessage {
  const { account_id, connection_id, registration_id } = sender;
  const link = objectIn(claims, `${LTI_CLAIM}resource_link`);
  const link_id = textIn(link, "id", LONGEST_NAME);
  if (link_id === "") throw new Fault("lti_resource_link_missing", "resource_link.id: expected a text.");
  return {
    version: "1.3.0",
    account_id,
    connection_id,
    registration_id,
    consumer_key: null,
    delivery_key: deliveryKeyIn(claims, appOrigin),
    nonce,
    namespace: namespaceOf(sender),
    platform_origin: originOf(sender.issuer),
    person: readPerson(claims, sender.former),
    roles: textsIn(claims, `${LTI_CLAIM}roles`),
    resource_link: { id: link_id, title: textIn(link, "title", LONGEST_TITLE) },
    context: readContext(claims),
    presentation: readPresentation(claims),
    grades: readGrades(claims),
    memberships_url: urlIn(objectIn(claims, MEMBERSHIPS), "context_memberships_url"),
  };
}

export function readDeepLinking(claims: Claims, sender: Sender, deploymentId: string): LtiDeepLinkingMessage {
  const { account_id, connection_id, registration_id } = sender;
  const settings = objectIn(claims, DEEP_LINKING_SETTINGS);
  const return_url = urlIn(settings, "deep_link_return_url");
  if (return_url === null)
    throw new Fault("lti_deep_linking_invalid", "deep_link_return_url: expected a web address.");
  const data = settings["data"];
  if (typeof data === "string" && data.length > LONGEST_DATA)
    throw new Fault("lti_deep_linking_invalid", `data: expected at most ${LONGEST_DATA} characters.`);
  return {
    account_id,
    connection_id,
    registration_id,
    deployment_id: deploymentId,
    namespace: namespaceOf(sender),
    person: readPerson(claims, sender.former),
    roles: textsIn(claims, `${LTI_CLAIM}roles`),
    context: readContext(claims),
    locale: readPresentation(claims).locale,
    return_url,
    data: typeof data === "string" ? data : null,
    placement: textIn(claims, CANVAS_PLACEMENT, LONGEST_LISTED),
    accept_types: textsIn(settings, "accept_types"),
    accept_multiple: booleanIn(settings, "accept_multiple"),
    accept_lineitem: booleanIn(settings, "accept_lineitem"),
    accept_presentation_document_targets: textsIn(settings, "accept_presentation_document_targets"),
  };
}

/** The link names it; where that is another address of ours, the custom parameter does. */
function deliveryKeyIn(claims: Claims, appOrigin: string): string {
  const target = claims[`${LTI_CLAIM}target_link_uri`];
  if (typeof target !== "string" || target === "")
    throw new Fault("lti_target_missing", "target_link_uri: expected the link of a delivery.");
  if (originOf(target) !== appOrigin)
    throw new Fault("lti_target_foreign", `target_link_uri: expected an address of ${appOrigin}.`);
  const { pathname } = new URL(target);
  const named = pathname.startsWith(LTI_LINKS_PATH)
    ? pathname.slice(LTI_LINKS_PATH.length)
    : objectIn(claims, `${LTI_CLAIM}custom`)[DELIVERY_PARAMETER];
  if (typeof named !== "string" || named === "")
    throw new Fault(
      "lti_target_missing",
      `target_link_uri: expected a delivery's link, or the custom parameter ${DELIVERY_PARAMETER}.`,
    );
  if (!DELIVERY_KEY.test(named))
    throw new Fault("lti_target_foreign", "target_link_uri: expected the link of a delivery.");
  return named;
}

function namespaceOf({ issuer }: Pick<Sender, "issuer">): string {
  return `lti:${issuer}`;
}

function readPerson(claims: Claims, former: LtiPerson["former"]): LtiPerson {
  const given_name = textIn(claims, "given_name", LONGEST_NAME).trim();
  const family_name = textIn(claims, "family_name", LONGEST_NAME).trim();
  const whole = textIn(claims, "name", LONGEST_NAME).trim();
  return {
    // One that is too long is told from all others of its beginning, and becomes `identity_missing`.
    id: textIn(claims, "sub", LONGEST_ID + 1),
    name: whole || [given_name, family_name].filter((part) => part !== "").join(" "),
    given_name,
    family_name,
    email: textIn(claims, "email", LONGEST_NAME).trim(),
    sourcedid: textIn(objectIn(claims, `${LTI_CLAIM}lis`), "person_sourcedid", LONGEST_NAME).trim(),
    former,
  };
}

function readContext(claims: Claims): LtiMessage["context"] {
  const context = objectIn(claims, `${LTI_CLAIM}context`);
  return { id: textIn(context, "id", LONGEST_NAME), title: textIn(context, "title", LONGEST_TITLE) };
}

function readPresentation(claims: Claims): LtiPresentation {
  const presentation = objectIn(claims, `${LTI_CLAIM}launch_presentation`);
  const locale = textIn(presentation, "locale", LONGEST_NAME).trim();
  return {
    return_url: urlIn(presentation, "return_url"),
    locale: LOCALE.test(locale) ? locale.replaceAll("_", "-") : "",
    target: presentation["document_target"] === "window" ? "window" : "frame",
  };
}

function readGrades(claims: Claims): LtiGradeService | null {
  const service = objectIn(claims, GRADES);
  const line_item_url = urlIn(service, "lineitem");
  const isUngraded = objectIn(claims, `${LTI_CLAIM}custom`)[GRADE_PARAMETER] === NO_GRADE;
  const line_items_url = isUngraded ? null : urlIn(service, "lineitems");
  if (line_item_url === null && line_items_url === null) return null;
  return { type: "ags", line_item_url, line_items_url, scopes: textsIn(service, "scope") };
}

const NOTHING: Claims = {};

function objectIn(within: Claims, name: string): Claims {
  const value = within[name];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Claims) : NOTHING;
}

/** "" where it is no text. */
function textIn(within: Claims, name: string, mostCharacters: number): string {
  const value = within[name];
  return typeof value === "string" ? wellFormed(value.slice(0, mostCharacters)) : "";
}

function textsIn(within: Claims, name: string): string[] {
  const value = within[name];
  if (!Array.isArray(value)) return [];
  return value
    .filter((one) => typeof one === "string")
    .slice(0, MOST_LISTED)
    .map((one) => wellFormed(one.slice(0, LONGEST_LISTED)));
}

function booleanIn(within: Claims, name: string): boolean | null {
  const value = within[name];
  return typeof value === "boolean" ? value : null;
}

function urlIn(within: Claims, name: string): string | null {
  const value = within[name];
  return typeof value === "string" && value.length <= LONGEST_URL ? webUrlOf(value) : null;
}

function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : "";
}
