/** The course of the LMS that a learner came from, where the LMS tells who is in it. */
import { hash } from "node:crypto";
import type { LtiMessage } from "../../../core/lti/message.ts";
import type { ContextOfLaunch } from "../../../store/lti/rememberLaunches.ts";

/** @param id For it, unless it is known. @returns Null where nobody tells. */
export function seenContextOf(message: LtiMessage, id: string): ContextOfLaunch | null {
  const { registration_id, memberships_url, context } = message;
  if (registration_id === null || memberships_url === null) return null;
  return {
    id,
    // Some platforms name no course; its list of members tells it from others then.
    context_hash: hash("sha256", context.id === "" ? memberships_url : context.id, "hex"),
    title: context.title,
    memberships_url,
  };
}
