/**
 * The second half of a launch over LTI: the door has decided it and sent the learner on with a ticket; the player, wherever it
 * was loaded, exchanges that for the attempt. However often it does, it is one launch (RULES §1).
 */
import { Fault } from "../../core/faults.ts";
import type { LtiMessage } from "../../core/lti/message.ts";
import type { Context } from "../context.ts";
import type { AllowedOpening } from "../launch/opening.ts";
import { type Opening, openLaunch } from "../openLaunch.ts";
import { isAsItWas } from "./justOpened.ts";
import { ltiArrival } from "./ltiArrival.ts";
import { rememberLaunch } from "./rememberTogether.ts";
import { openTicket } from "./tickets.ts";

export interface OpenedByTicket {
  readonly message: LtiMessage;
  readonly opening: Opening;
}

/**
 * @param hostAccountId Whose host the player was loaded from, where accounts have hosts of their own.
 * @param admit Throws where the launch is not to be listened to; asked once it is known which it is.
 * @throws Fault `lti_ticket_invalid`, `lti_ticket_expired`, `store_unavailable`.
 */
export async function openByTicket(
  context: Context,
  ticket: string,
  hostAccountId: string | null,
  admit: (nonce: string) => void,
): Promise<OpenedByTicket> {
  const kept = context.lti.justOpened.take(ticket);
  const message = kept?.message ?? openTicket(context, ticket, context.deps.clock.now()).message;
  if (hostAccountId !== null && hostAccountId !== message.account_id)
    throw new Fault("lti_ticket_invalid", "ticket: expected one of the account whose host this is.");
  admit(message.nonce);
  return { message, opening: await openAndRemember(context, message, kept?.opening) };
}

/** @param kept As the door let it in a moment ago, if it did so here. */
async function openAndRemember(
  context: Context,
  message: LtiMessage,
  kept: AllowedOpening | undefined,
): Promise<Opening> {
  const goesOn = kept !== undefined && (await context.stops.codeFor(kept.claims)) === null;
  if (goesOn && isAsItWas(kept, await rememberLaunch(context, kept, message))) return kept;
  const opening = await openLaunch(context, ltiArrival(message));
  const isRemembered = goesOn && opening.type === "allowed" && opening.attempt.id === kept.attempt.id;
  if (opening.type === "allowed" && !isRemembered) await rememberLaunch(context, opening, message);
  return opening;
}
