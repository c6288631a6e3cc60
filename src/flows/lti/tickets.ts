/**
 * What a launch that was let in is handed from the app origin, where it was decided, to the player on the content origin: its
 * verified message, sealed, so that the browser that carries it can neither read nor change it.
 */
import { Fault } from "../../core/faults.ts";
import type { LtiMessage } from "../../core/lti/message.ts";
import { LONGEST_LAUNCH_SECONDS } from "../../core/openTime.ts";
import { secondsBetween } from "../../core/time.ts";
import type { Context } from "../context.ts";
import { seal, unseal } from "../sealing.ts";

export interface LtiTicket {
  readonly message: LtiMessage;
  readonly opened_at: Date;
}

/** Of one purpose, so of one owner. */
const OWNER = "launch";

export function sealTicket(
  context: Pick<Context, "keys" | "deps">,
  { message, opened_at }: LtiTicket,
): string {
  return seal(context, "lti_ticket", OWNER, JSON.stringify({ message, opened_at: opened_at.getTime() }));
}

/** @throws Fault `lti_ticket_invalid`; `lti_ticket_expired` once the launch is over. */
export function openTicket(context: Pick<Context, "keys">, ticket: string, at: Date): LtiTicket {
  const text = unseal(context, "lti_ticket", OWNER, ticket);
  if (text === null) throw new Fault("lti_ticket_invalid", "ticket: expected one that this gateway made.");
  const { message, opened_at } = JSON.parse(text) as { message: LtiMessage; opened_at: number };
  const opened = new Date(opened_at);
  if (secondsBetween(opened, at) >= LONGEST_LAUNCH_SECONDS)
    throw new Fault("lti_ticket_expired", "ticket: expected one of the last 12 hours.");
  return { message, opened_at: opened };
}
