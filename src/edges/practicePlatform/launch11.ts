/** A launch of LTI 1.1: a form of parameters, signed with the link's key and secret (LTI 1.1 §3, Appendix A). */
import { PRODUCT } from "./discovery.ts";
import { COURSE } from "./firstState.ts";
import { signatureOf } from "./oauth1.ts";
import type { Parts } from "./parts.ts";
import type { Consumer, Launch, Learner, Link } from "./platformTypes.ts";

export function launchParameters(
  parts: Parts,
  launch: Launch,
  link: Link,
  learner: Learner,
  consumer: Consumer,
): Record<string, string> {
  const seconds = Math.floor(parts.now().getTime() / 1000) + parts.shelf.kept.faults.clock_skew_seconds;
  const parameters: Record<string, string> = {
    lti_message_type: "basic-lti-launch-request",
    lti_version: "LTI-1p0",
    resource_link_id: link.link_id,
    resource_link_title: link.title,
    context_id: COURSE.id,
    context_label: COURSE.label,
    context_title: COURSE.title,
    context_type: "CourseSection",
    roles: launch.role === "learner" ? "Learner,urn:lti:instrole:ims/lis/Student" : "Instructor",
    ...personParameters(learner, launch),
    launch_presentation_document_target: launch.settings.shown_in === "frame" ? "iframe" : "window",
    launch_presentation_return_url: `${parts.origin}/returned/${launch.launch_id}`,
    launch_presentation_locale: "en",
    tool_consumer_info_product_family_code: PRODUCT,
    tool_consumer_info_version: "1",
    tool_consumer_instance_guid: new URL(parts.origin).host,
    tool_consumer_instance_name: "Practice platform",
    lis_outcome_service_url: `${parts.origin}/outcomes`,
    lis_result_sourcedid: sourcedIdOf(link, learner),
    ext_submit: "Press to launch",
    ...Object.fromEntries(
      Object.entries(link.custom).map(([name, value]) => [
        `custom_${name.toLowerCase().replace(/[^a-z0-9]/g, "_")}`,
        value,
      ]),
    ),
    oauth_callback: "about:blank",
    oauth_consumer_key: consumer.key,
    oauth_nonce: parts.newId(),
    oauth_signature_method: "HMAC-SHA1",
    oauth_timestamp: String(seconds),
    oauth_version: "1.0",
  };
  return {
    ...parameters,
    oauth_signature: signatureOf("POST", link.url, parameters, consumer.secret),
  };
}

/** Whose result it is; tools keep it and send it back as it is. With signs that XML must escape. */
export function sourcedIdOf({ link_id }: Link, { user_id }: Learner): string {
  return JSON.stringify({ link: link_id, user: user_id, for: "<this & no other>" });
}

function personParameters(learner: Learner, { settings: { tells } }: Launch): Record<string, string> {
  if (tells === "nothing") return {};
  const id = { user_id: learner.former_user_id };
  if (tells === "id") return id;
  const names = {
    ...id,
    lis_person_name_given: learner.given_name,
    lis_person_name_family: learner.family_name,
    lis_person_name_full: `${learner.given_name} ${learner.family_name}`,
  };
  if (tells === "names") return names;
  return {
    ...names,
    ...(learner.email === "" ? {} : { lis_person_contact_email_primary: learner.email }),
    lis_person_sourcedid: learner.sourcedid,
  };
}
