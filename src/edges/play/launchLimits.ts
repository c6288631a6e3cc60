/** How many launches one id and one address may try a minute (RULES §2 `too_many_launches`). In memory: may vanish. */
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
      await limiter.consume(key);
      return false;
    } catch (rejection) {
      if (rejection instanceof Error) throw rejection;
      return true;
    }
  };
  return {
    isOneTooMany: async ({ delivery_key, identity, address }) => {
      const [identityExceeds, addressExceeds] = await Promise.all([
        exceeds(ofIdentity, `${delivery_key} ${identity}`),
        exceeds(ofAddress, address),
      ]);
      return identityExceeds || addressExceeds;
    },
  };
}
