/** A verified LTI launch as the door hands it on, for tests of what comes after the door. */
import type { LtiMessage } from "../../../src/core/lti/message.ts";
import type { TestLicense } from "../fixtures.ts";

export const ISSUER = "https://lms.example.com";
const CONTEXT_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#";
export const LEARNER = `${CONTEXT_ROLE}Learner`;
export const INSTRUCTOR = `${CONTEXT_ROLE}Instructor`;

export type MessageWishes = Partial<Omit<LtiMessage, "person">> & {
  readonly person?: Partial<LtiMessage["person"]>;
};

let nonces = 0;

/** Of a delivery by LTI; what is not given is as in an ordinary launch of a learner. */
export function ltiMessage(license: TestLicense, { person, ...wishes }: MessageWishes = {}): LtiMessage {
  return {
    version: "1.3.0",
    account_id: license.account_id,
    connection_id: license.connection_id,
    registration_id: "019b8d62-7a80-7a6a-b440-aafbc824f8b4",
    consumer_key: null,
    delivery_key: license.delivery_key,
    nonce: `nonce-of-a-test-${String(++nonces).padStart(8, "0")}`,
    namespace: `lti:${ISSUER}`,
    platform_origin: ISSUER,
    roles: [LEARNER],
    resource_link: { id: "link-1", title: "Kitchen safety" },
    context: { id: "course-1", title: "Induction" },
    presentation: { return_url: null, locale: "en", target: "frame" },
    grades: null,
    memberships_url: null,
    ...wishes,
    person: {
      id: "ana",
      name: "Ana Ortiz",
      given_name: "Ana",
      family_name: "Ortiz",
      email: "ana@school.example",
      sourcedid: "sis-7",
      former: null,
      ...person,
    },
  };
}
