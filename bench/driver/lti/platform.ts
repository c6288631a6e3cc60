/** What a platform says of a launch, signed: as much as an LMS says of a learner in a course with a gradebook. */
import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import type { LtiPlan } from "./plan.ts";

const signOnAnotherThread = promisify(
  (data: Buffer, key: KeyObject, done: (error: Error | null, signature: Buffer) => void) =>
    sign("sha256", data, key, done),
);

const LTI = "https://purl.imsglobal.org/spec/lti/claim/";
const TOKEN_SECONDS = 300;

export interface TokenWish {
  readonly nonce: string;
  readonly learner: string;
}

export function idTokensOf({
  platform,
  tool,
}: Pick<LtiPlan, "platform" | "tool">): (wish: TokenWish) => Promise<string> {
  const key = createPrivateKey(platform.private_key);
  const head = encoded({ alg: "RS256", typ: "JWT", kid: platform.kid });
  return async ({ nonce, learner }) => {
    const at = Math.floor(Date.now() / 1000);
    const claims = {
      iss: platform.origin,
      aud: platform.client_id,
      sub: learner,
      iat: at,
      exp: at + TOKEN_SECONDS,
      nonce,
      name: `Learner ${learner}`,
      given_name: "Learner",
      family_name: learner,
      email: `${learner}@example.com`,
      [`${LTI}message_type`]: "LtiResourceLinkRequest",
      [`${LTI}version`]: "1.3.0",
      [`${LTI}deployment_id`]: platform.deployment_id,
      [`${LTI}target_link_uri`]: tool.target_link_uri,
      ...aboutCourse(platform.origin),
    };
    const text = `${head}.${encoded(claims)}`;
    return `${text}.${(await signOnAnotherThread(Buffer.from(text), key)).toString("base64url")}`;
  };
}

function aboutCourse(origin: string): object {
  return {
    [`${LTI}resource_link`]: { id: "link-1", title: "Kitchen safety", description: "" },
    [`${LTI}roles`]: [
      "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student",
      "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner",
    ],
    [`${LTI}context`]: {
      id: "course-1",
      label: "KS-1",
      title: "Kitchen safety, all shifts",
      type: ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"],
    },
    [`${LTI}tool_platform`]: {
      guid: "platform-1",
      name: "A platform",
      product_family_code: "moodle",
      version: "5",
    },
    [`${LTI}launch_presentation`]: {
      locale: "en",
      document_target: "iframe",
      return_url: `${origin}/course/1`,
    },
    [`${LTI}custom`]: { context_memberships_url: `${origin}/course/1/members` },
    "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
      scope: [
        "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
        "https://purl.imsglobal.org/spec/lti-ags/scope/score",
      ],
      lineitems: `${origin}/course/1/lineitems`,
      lineitem: `${origin}/course/1/lineitems/1`,
    },
    "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
      context_memberships_url: `${origin}/course/1/members`,
      service_versions: ["1.0", "2.0"],
    },
  };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
