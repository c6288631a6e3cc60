/**
 * An LTI 1.1 launch, read from its form (LTI 1.1.1 Implementation Guide §3): who read the form has checked its signature. Other
 * names than those read here may be sent, as often as they like; one that is read stands for itself once.
 */
import { Fault } from "../faults.ts";
import { LONGEST_ID } from "../identity.ts";
import { wellFormed } from "../text.ts";
import type { LtiGradeService, LtiMessage, LtiPerson, LtiPresentation } from "./message.ts";
import { type Parameter, readValue, requireValue } from "./oauth1.ts";
import { webUrlOf } from "./returnUrl.ts";

/** What the consumer key decides, whatever else the message says. */
export interface Launch11Target {
  readonly account_id: string;
  readonly connection_id: string;
  readonly consumer_key: string;
  readonly delivery_key: string;
  readonly nonce: string;
}

/** Before anything is asked about its signature: a message of another kind is no badly signed launch. */
export function requireLaunch11(parameters: readonly Parameter[]): void {
  if (parameters.some(([name]) => name === "id_token"))
    throw new Fault(
      "lti11_message_type_unsupported",
      "id_token: expected none here; launches of LTI 1.3 begin at the login address of the registration.",
    );
  const type = requireValue(parameters, "lti_message_type", LONGEST_NAME);
  if (type !== MESSAGE_TYPE)
    throw new Fault("lti11_message_type_unsupported", `lti_message_type: expected ${MESSAGE_TYPE}.`);
  const version = requireValue(parameters, "lti_version", LONGEST_NAME);
  if (!VERSIONS.includes(version))
    throw new Fault("lti11_version_unsupported", `lti_version: expected ${VERSIONS[0]}.`);
}

export function readLaunch11(parameters: readonly Parameter[], target: Launch11Target): LtiMessage {
  const read = reader(parameters);
  return {
    version: "1.1",
    registration_id: null,
    ...target,
    namespace: `lti11:${target.consumer_key}`,
    platform_origin: platformOrigin(read),
    person: readPerson(read),
    roles: read("roles", LONGEST_TEXT)
      .split(",")
      .map((role) => role.trim())
      .filter((role) => role !== "")
      .slice(0, MOST_ROLES),
    resource_link: {
      id: wellFormed(requireValue(parameters, "resource_link_id", LONGEST_NAME)),
      title: read("resource_link_title", LONGEST_TITLE),
    },
    context: { id: read("context_id", LONGEST_NAME), title: read("context_title", LONGEST_TITLE) },
    presentation: readPresentation(read),
    grades: readGrades(read),
    memberships_url: null,
  };
}

/**
 * Where to send somebody whose launch is refused: also of a launch that is not proved, so it is shown as a link and never gone to
 * unasked.
 */
export function returnUrlOf(parameters: readonly Parameter[]): string | null {
  const sent = parameters.filter(([name]) => name === RETURN_URL);
  return sent.length === 1 ? webAddress(sent[0]?.[1] ?? "") : null;
}

const MESSAGE_TYPE = "basic-lti-launch-request";
/** The second is what some LMSs say who mean the first. */
const VERSIONS: readonly string[] = ["LTI-1p0", "LTI-1.0"];
const RETURN_URL = "launch_presentation_return_url";

const LONGEST_NAME = 1000;
const LONGEST_TEXT = 4000;
const LONGEST_TITLE = 300;
const LONGEST_URL = 2048;
const MOST_ROLES = 30;

/** "" where it is not sent. */
type Read = (name: string, mostCharacters: number) => string;

function reader(parameters: readonly Parameter[]): Read {
  return (name, mostCharacters) =>
    wellFormed(readValue(parameters, name, Number.MAX_SAFE_INTEGER) ?? "")
      .slice(0, mostCharacters)
      .toWellFormed();
}

function readPerson(read: Read): LtiPerson {
  const given_name = read("lis_person_name_given", LONGEST_NAME).trim();
  const family_name = read("lis_person_name_family", LONGEST_NAME).trim();
  const whole = read("lis_person_name_full", LONGEST_NAME).trim();
  return {
    // One that is too long is told from all others of its beginning, and becomes `identity_missing`.
    id: read("user_id", LONGEST_ID + 1),
    name: whole || [given_name, family_name].filter((part) => part !== "").join(" "),
    given_name,
    family_name,
    email: read("lis_person_contact_email_primary", LONGEST_NAME).trim(),
    sourcedid: read("lis_person_sourcedid", LONGEST_NAME).trim(),
    former: null,
  };
}

/** `en_US` is written by LMSs as well as `en-US`. */
const LOCALE = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/;

function readPresentation(read: Read): LtiPresentation {
  const locale = read("launch_presentation_locale", LONGEST_NAME).trim().replaceAll("_", "-");
  return {
    return_url: webAddress(read(RETURN_URL, LONGEST_URL + 1)),
    locale: LOCALE.test(locale) ? locale : "",
    target: read("launch_presentation_document_target", LONGEST_NAME) === "window" ? "window" : "frame",
  };
}

/** Only a launch of a learner, in a link that is graded, brings both. */
function readGrades(read: Read): LtiGradeService | null {
  const outcome_url = webAddress(read("lis_outcome_service_url", LONGEST_URL + 1));
  const result_sourcedid = read("lis_result_sourcedid", LONGEST_TEXT);
  return outcome_url && result_sourcedid !== "" ? { type: "outcomes", outcome_url, result_sourcedid } : null;
}

/** What it says of itself first; then where it wants grades and people sent. */
function platformOrigin(read: Read): string {
  for (const name of ["tool_consumer_instance_url", "lis_outcome_service_url", RETURN_URL]) {
    const address = webAddress(read(name, LONGEST_URL + 1));
    if (address) return new URL(address).origin;
  }
  return "";
}

/** Null for what is none, or is too long to be kept. */
function webAddress(sent: string): string | null {
  return sent.length > LONGEST_URL ? null : webUrlOf(sent);
}
