/** Turns away a launch that is one too many, without a look at the store for each (RULES §2 `too_many_launches`). */
import { createHash } from "node:crypto";
import type { Context } from "./context.ts";
import type { Arrival } from "./launch/arrival.ts";
import type { Denied } from "./launch/floods.ts";
import { openLaunch } from "./openLaunch.ts";

/**
 * A launch that was let in before is turned away too when it is sent again and again.
 * @param of What there were too many of: launches of this id, or of whatever ids from this address. The latter may be made
 * up, and are not looked up.
 */
export function denyFlood(context: Context, arrival: Arrival, of: "identity" | "address"): Promise<Denied> {
  const identity = of === "identity" ? arrival.identity : "";
  const same = JSON.stringify([arrival.account_id, arrival.delivery_key, arrival.namespace, identity]);
  const key = createHash("sha256").update(same).digest("base64url");
  return context.floods.deny(key, arrival.delivery_key, async () => {
    const nonce = context.deps.newSecret(16);
    const opening = await openLaunch(context, { ...arrival, identity, nonce, too_many: true });
    if (opening.type === "allowed") throw new Error("A launch that is one too many was let in");
    context.deps.log.info("Launches are too many", {
      of,
      denied: opening.code,
      reference: opening.reference,
    });
    return opening;
  });
}
