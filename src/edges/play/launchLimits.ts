/** How many launches one id and one address may try a minute (RULES §2 `too_many_launches`). */
import { networkOf } from "../../core/networks.ts";
import type { Context } from "../../flows/context.ts";
import { type Counted, createLimits, type LimitsContext } from "../http/limits.ts";

export interface LaunchLimits {
  /** Counts one launch. @returns What it is one too many of, or null. */
  exceededBy(launch: {
    readonly delivery_key: string;
    readonly identity: string;
    readonly address: string;
  }): Promise<"address" | "identity" | null>;
  /** Counts one login, of which a launch over LTI may come. */
  ofLogin(address: string): Promise<Counted>;
  /** Counts one launch from an address, whoever it is of. */
  ofAddress(address: string): Promise<Counted>;
  /** Counts one launch of an id. */
  ofIdentity(deliveryKey: string, identity: string): Promise<Counted>;
}

export function createLaunchLimits(context: LimitsContext & Pick<Context, "config">): LaunchLimits {
  const limits = createLimits(context, {
    launches_of_identity: { most: context.config.LAUNCHES_PER_MINUTE, seconds: 60 },
    lti_logins_of_address: { most: context.config.LAUNCHES_PER_MINUTE_AND_ADDRESS, seconds: 60 },
    launches_of_address: { most: context.config.LAUNCHES_PER_MINUTE_AND_ADDRESS, seconds: 60 },
  });
  const ofAddress = (address: string) => limits.count("launches_of_address", networkOf(address));
  const ofIdentity = (deliveryKey: string, identity: string) =>
    limits.count("launches_of_identity", `${deliveryKey} ${identity}`);
  return {
    ofLogin: (address) => limits.count("lti_logins_of_address", networkOf(address)),
    ofAddress,
    ofIdentity,
    // An address that is over its limit makes up no more ids to remember.
    exceededBy: async ({ delivery_key, identity, address }) => {
      if ((await ofAddress(address)).isOneTooMany) return "address";
      return (await ofIdentity(delivery_key, identity)).isOneTooMany ? "identity" : null;
    },
  };
}
