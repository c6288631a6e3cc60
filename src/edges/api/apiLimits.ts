/** How much one key may ask, and for how long an address that tries keys out is not listened to. */
import type { Request, Response } from "express";
import { Fault } from "../../core/faults.ts";
import { networkOf } from "../../core/networks.ts";
import { addSeconds, secondsBetween } from "../../core/time.ts";
import type { Context } from "../../flows/context.ts";
import type { Principal } from "../../flows/principal.ts";
import { createLimits } from "../http/limits.ts";
import { createRequestLimits, tooManyRequests } from "../http/requestLimits.ts";

export interface ApiLimits {
  /**
   * Has somebody prove who they are, unless too many keys from their address were none: then nothing is looked up for them.
   * @throws Fault `too_many_requests`, or what `prove` throws.
   */
  listenTo<Caller>(request: Request, response: Response, prove: () => Promise<Caller>): Promise<Caller>;
  /** @throws Fault `too_many_requests`. */
  countOfKey(principal: Principal, response: Response): Promise<void>;
}

/** Of addresses not listened to; beyond it the first to be let in again are forgotten. */
const MOST_DEAF_TO = 10_000;

export function createApiLimits(context: Context): ApiLimits {
  const { config, deps } = context;
  const failures = createLimits(context, {
    api_failures_of_address: { most: config.API_FAILED_KEYS_PER_MINUTE, seconds: 60 },
  });
  const requests = createRequestLimits(context, {
    api_of_key: { most: config.API_REQUESTS_PER_MINUTE, seconds: 60 },
  });
  const deafUntil = new Map<string, Date>();

  const countFailure = async (network: string) => {
    const { isOneTooMany, retry_after_seconds } = await failures.count("api_failures_of_address", network);
    if (!isOneTooMany) return;
    deafUntil.delete(network);
    deafUntil.set(network, addSeconds(deps.clock.now(), retry_after_seconds));
    const [longest] = deafUntil.keys();
    if (deafUntil.size > MOST_DEAF_TO && longest !== undefined) deafUntil.delete(longest);
  };
  return {
    listenTo: async (request, response, prove) => {
      const network = networkOf(request.ip ?? "");
      const until = deafUntil.get(network);
      const left = until ? Math.ceil(secondsBetween(deps.clock.now(), until)) : 0;
      if (left > 0) throw tooManyRequests(response, { retry_after_seconds: left });
      try {
        return await prove();
      } catch (error) {
        const isFailure = error instanceof Fault && error.code === "unauthenticated";
        if (isFailure && request.headers.authorization !== undefined) await countFailure(network);
        throw error;
      }
    },
    // The operator is the machine's owner: there is nobody to be kept from.
    countOfKey: async ({ key_id }, response) => {
      if (key_id !== null) await requests.count(response, "api_of_key", key_id);
    },
  };
}
