/** Learners who came by a link from a course of an LMS that takes grades and tells who is in it, and what is remembered of that. */
import type { LtiMessage } from "../../../src/core/lti/message.ts";
import type { Context } from "../../../src/flows/context.ts";
import type { AllowedOpening } from "../../../src/flows/launch/opening.ts";
import { evidenceOf } from "../../../src/flows/lti/evidence.ts";
import { gradeTargetOf } from "../../../src/flows/lti/gradeTargets.ts";
import { ltiArrival } from "../../../src/flows/lti/ltiArrival.ts";
import { seenContextOf } from "../../../src/flows/lti/members/seenContext.ts";
import { openLaunch } from "../../../src/flows/openLaunch.ts";
import type { LaunchToRemember } from "../../../src/store/lti/rememberLaunches.ts";
import type { TestLicense } from "../fixtures.ts";
import type { TestGateway } from "../gateway.ts";
import { ISSUER, ltiMessage, type MessageWishes } from "./messages.ts";
import { registerPlatform } from "./platform.ts";

export interface Course {
  readonly license: TestLicense;
  readonly registration_id: string;
}

export interface Came {
  readonly message: LtiMessage;
  readonly opening: AllowedOpening;
}

export async function courseWithLink(gateway: TestGateway): Promise<Course> {
  const license = await gateway.deliverAgain(await gateway.payPerUse(), "lti");
  const registration = {
    name: "Campus",
    issuer: ISSUER,
    client_id: "tool-1",
    authorization_url: `${ISSUER}/authorize`,
    token_url: `${ISSUER}/token`,
    token_audience: null,
    jwks_url: `${ISSUER}/jwks`,
    product: "",
  };
  return {
    license,
    registration_id: await registerPlatform(gateway, { registration, deployment_id: "1" }, license),
  };
}

/** What the LMS sends when they open the link; what is not given, it says each time. */
export function messageFrom(
  { license, registration_id }: Course,
  who: string,
  { person, ...wishes }: MessageWishes = {},
): LtiMessage {
  return ltiMessage(license, {
    registration_id,
    grades: {
      type: "ags",
      line_item_url: null,
      line_items_url: `${ISSUER}/course-1/line-items`,
      scopes: ["score"],
    },
    memberships_url: `${ISSUER}/course-1/members`,
    ...wishes,
    person: { id: who, email: `${who}@school.example`, ...person },
  });
}

/** Decided by the door; nothing of it is remembered yet. */
export async function come(context: Context, message: LtiMessage): Promise<Came> {
  const opening = await openLaunch(context, ltiArrival(message));
  if (opening.type !== "allowed") throw new Error(`Denied: ${opening.code}`);
  return { message, opening };
}

/** As the flow hands it to the store. */
export function toRemember({ deps }: Context, { message, opening }: Came): LaunchToRemember {
  const { account_id, connection_id, registration_id } = message;
  const { attempt_id, learner_id } = opening.claims;
  return {
    account_id,
    connection_id,
    registration_id,
    attempt_id,
    learner_id,
    at: deps.clock.now(),
    grade_target: gradeTargetOf(message, deps.newId()),
    evidence: evidenceOf(message),
    context: seenContextOf(message, deps.newId()),
  };
}
