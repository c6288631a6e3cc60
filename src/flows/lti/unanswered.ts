/**
 * What a page holds that sends a launch again because the store did not say what became of it. It may have been let in all the
 * same: then this tells it from a message that was used before, and it is the same launch (RULES §1).
 */
import type { LtiMessage } from "../../core/lti/message.ts";
import type { Context } from "../context.ts";
import { seal, unseal } from "../sealing.ts";

type Sent = Pick<LtiMessage, "account_id" | "delivery_key" | "nonce">;

export function sealUnanswered(context: Pick<Context, "keys" | "deps">, message: Sent): string {
  return seal(context, "lti_ticket", ownerOf(message), "");
}

/** @param sealed "" where the message came by itself. */
export function isUnanswered(context: Pick<Context, "keys">, message: Sent, sealed: string): boolean {
  return sealed !== "" && unseal(context, "lti_ticket", ownerOf(message), sealed) !== null;
}

/** One message: what is sealed for it says nothing of another. */
function ownerOf({ account_id, delivery_key, nonce }: Sent): string {
  return `unanswered ${account_id} ${delivery_key} ${nonce}`;
}
