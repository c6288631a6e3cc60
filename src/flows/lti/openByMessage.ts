/** Decides the launch that a verified message asks for, whatever its version; the player then opens it by its ticket. */
import { contentOriginFor } from "../../core/contentOrigin.ts";
import { Fault } from "../../core/faults.ts";
import type { LtiMessage } from "../../core/lti/message.ts";
import type { Context } from "../context.ts";
import { denyFlood } from "../denyFlood.ts";
import type { Denied } from "../launch/floods.ts";
import { openLaunch } from "../openLaunch.ts";
import { rememberEvidence } from "./evidence.ts";
import { linkFormerIdentity } from "./formerIdentity.ts";
import { ltiArrival } from "./ltiArrival.ts";
import { sealTicket } from "./tickets.ts";

export type OpenedByMessage =
  | Pick<Denied, "type" | "code" | "reference">
  /** The player's address, which holds the ticket in its fragment: no server on the way sees it. */
  | { readonly type: "allowed"; readonly player_url: string };

export const PLAYER_PATH = "/play/lti";

/**
 * @param tooMany The front door has counted too many launches of this learner.
 * @param isUnanswered It was sent before, and the store did not say what became of it (`unanswered.ts`).
 * @throws Fault `lti_nonce_used`, `lti11_nonce_used` for a message that was let in before; `lti_target_foreign` for a
 * delivery that is not its sender's; `store_unavailable`.
 */
export async function openByMessage(
  context: Context,
  message: LtiMessage,
  tooMany: boolean,
  isUnanswered = false,
): Promise<OpenedByMessage> {
  const arrival = ltiArrival(message);
  if (tooMany) return denyFlood(context, arrival, "identity");
  const opened_at = context.deps.clock.now();
  await linkFormerIdentity(context, message);
  const opening = await openLaunch(context, arrival);
  if (opening.sent_again && !isUnanswered) throw usedBefore(message);
  if (opening.type === "allowed") {
    const origin = contentOriginFor(context.config.CONTENT_ORIGIN, message.account_id);
    const ticket = sealTicket(context, { message, opened_at });
    context.lti.justOpened.keep(ticket, { message, opening });
    return { type: "allowed", player_url: `${origin}${PLAYER_PATH}#${ticket}` };
  }
  // Not of this sender, or not there at all: whoever asks learns nothing of other people's deliveries.
  if (opening.code === "launch_invalid")
    throw new Fault("lti_target_foreign", "The link is none of the platform's connection.");
  // Of those who are let in, the player's first request sees to it.
  await rememberEvidence(context, message);
  return opening;
}

function usedBefore({ version }: LtiMessage): Fault {
  const detail = "nonce: expected one that was not used before.";
  return new Fault(version === "1.1" ? "lti11_nonce_used" : "lti_nonce_used", detail);
}
