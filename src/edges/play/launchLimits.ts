/** How many launches one id and one address may try a minute (RULES §2 `too_many_launches`). In memory: may vanish. */
import { createHash } from "node:crypto";
import { RateLimiterMemory } from "rate-limiter-flexible";
import type { Config } from "../../config.ts";

export interface LaunchLimits {
  /** Counts one launch. @returns Whether it is one too many. */
  isOneTooMany(launch: {
    readonly delivery_key: string;
    readonly identity: string;
    readonly address: string;
  }): Promise<boolean>;
}

export function createLaunchLimits(config: Config): LaunchLimits {
  const ofIdentity = new RateLimiterMemory({ points: config.LAUNCHES_PER_MINUTE, duration: 60 });
  const ofAddress = new RateLimiterMemory({ points: config.LAUNCHES_PER_MINUTE_AND_ADDRESS, duration: 60 });
  const exceeds = async (limiter: RateLimiterMemory, key: string) => {
    try {
      await limiter.consume(hashOf(key));
      return false;
    } catch (rejection) {
      if (rejection instanceof Error) throw rejection;
      return true;
    }
  };
  return {
    // An address that is over its limit makes up no more ids to remember.
    isOneTooMany: async ({ delivery_key, identity, address }) =>
      (await exceeds(ofAddress, address)) || (await exceeds(ofIdentity, `${delivery_key} ${identity}`)),
  };
}

/** Ids and keys are as long as their sender likes; what is remembered of them is not. */
function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}
