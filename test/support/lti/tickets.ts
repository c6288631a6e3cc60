/** What the player is sent on with by the door for launches over LTI. */
import type { LtiMessage, LtiPresentation } from "../../../src/core/lti/message.ts";
import type { Context } from "../../../src/flows/context.ts";
import { sealTicket } from "../../../src/flows/lti/tickets.ts";
import type { TestLicense } from "../fixtures.ts";
import { ltiMessage, type MessageWishes } from "./messages.ts";

export const RETURN_URL = "https://lms.example.com/course/7?tab=grades";

export type LinkWishes = Omit<MessageWishes, "presentation"> & {
  readonly presentation?: Partial<LtiPresentation>;
};

/** Ana's launch of a link, which leads back; each call is another launch, unless a nonce is given. */
export function linkMessage(link: TestLicense, { presentation, ...wishes }: LinkWishes = {}): LtiMessage {
  const shown = { return_url: RETURN_URL, locale: "en-GB", target: "frame", ...presentation } as const;
  return ltiMessage(link, { ...wishes, presentation: shown });
}

export function ticketFor(context: Context, message: LtiMessage): string {
  return sealTicket(context, { message, opened_at: context.deps.clock.now() });
}
