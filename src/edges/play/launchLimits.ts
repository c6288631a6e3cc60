/** How many launches one id and one address may try a minute (RULES §2 `too_many_launches`). */
import { networkOf } from "../../core/networks.ts";
import type { Context } from "../../flows/context.ts";
import { createLimits } from "../http/limits.ts";

export interface LaunchLimits {
  /** Counts one launch. @returns What it is one too many of, or null. */
  exceededBy(launch: {
    readonly delivery_key: string;
    readonly identity: string;
    readonly address: string;
  }): Promise<"address" | "identity" | null>;
}

export function createLaunchLimits(context: Pick<Context, "config" | "keys" | "redis">): LaunchLimits {
  const limits = createLimits(context, {
    launches_of_identity: { most: context.config.LAUNCHES_PER_MINUTE, seconds: 60 },
    launches_of_address: { most: context.config.LAUNCHES_PER_MINUTE_AND_ADDRESS, seconds: 60 },
  });
  return {
    // An address that is over its limit makes up no more ids to remember.
    exceededBy: async ({ delivery_key, identity, address }) => {
      if ((await limits.count("launches_of_address", networkOf(address))).isOneTooMany) return "address";
      const ofIdentity = await limits.count("launches_of_identity", `${delivery_key} ${identity}`);
      return ofIdentity.isOneTooMany ? "identity" : null;
    },
  };
}
