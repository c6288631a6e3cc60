/**
 * Limits of requests as answers tell of them: how many are left in `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers), and one too many is 429 with `Retry-After`.
 */
import type { ServerResponse } from "node:http";
import { Fault } from "../../core/faults.ts";
import { type Counted, createLimits, type Limit, type LimitsContext } from "./limits.ts";

export interface RequestLimits<Name extends string> {
  /** @throws Fault `too_many_requests`. */
  count(response: ServerResponse, name: Name, key: string): Promise<void>;
}

/** @param context Without Redis each process counts for itself, and nobody waits for another machine. */
export function createRequestLimits<Name extends string>(
  context: LimitsContext,
  table: Readonly<Record<Name, Limit>>,
): RequestLimits<Name> {
  const limits = createLimits(context, table);
  return {
    count: async (response, name, key) => {
      const counted = await limits.count(name, key);
      const { most, seconds } = table[name];
      response.setHeader("RateLimit-Policy", `"${name}";q=${most};w=${seconds}`);
      response.setHeader("RateLimit", `"${name}";r=${counted.left};t=${counted.retry_after_seconds}`);
      if (counted.isOneTooMany) throw tooManyRequests(response, counted);
    },
  };
}

export function tooManyRequests(
  response: ServerResponse,
  { retry_after_seconds }: Pick<Counted, "retry_after_seconds">,
): Fault {
  response.setHeader("Retry-After", String(retry_after_seconds));
  return new Fault("too_many_requests", `Come again in ${retry_after_seconds} s.`);
}
