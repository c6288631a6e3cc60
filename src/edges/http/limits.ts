/**
 * How often something may happen: counted for all processes together in Redis, and by each process for itself while Redis
 * is away or unset. May vanish. What is counted is known by a keyed hash only: no address and no id of a learner leaves
 * the process.
 */
import { createHmac } from "node:crypto";
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from "rate-limiter-flexible";
import type { Context } from "../../flows/context.ts";
import type { Redis } from "../../store/redis.ts";

export interface Limit {
  readonly most: number;
  /** Counted anew after this time. */
  readonly seconds: number;
}

export interface Counted {
  readonly isOneTooMany: boolean;
  /** How many more may come until it is counted anew. */
  readonly left: number;
  /** Until it is counted anew. */
  readonly retry_after_seconds: number;
}

export interface Limits<Name extends string> {
  /** Counts one more of `key` under the limit. Never throws. */
  count(name: Name, key: string): Promise<Counted>;
}

/**
 * @param table The names are the deployment's own: two edges with a limit of the same name share its count.
 */
export function createLimits<Name extends string>(
  { keys, redis }: Pick<Context, "keys" | "redis">,
  table: Readonly<Record<Name, Limit>>,
): Limits<Name> {
  const limiters = new Map(
    Object.entries<Limit>(table).map(([name, limit]) => [name, limiterFor(limit, redis)] as const),
  );
  return {
    count: async (name, key) => {
      const limiter = limiters.get(name);
      if (!limiter) throw new TypeError(`not a limit: ${name}`);
      if (!redis) return counted(limiter, key);
      const { kid, key: secret } = keys.keyFor("redis");
      const hash = createHmac("sha256", secret).update(key).digest("base64url");
      // The key's name tells deployments on one Redis apart.
      return counted(limiter, `tallygate:${kid}:limit:${name}:${hash}`);
    },
  };
}

async function counted(limiter: RateLimiterAbstract, key: string): Promise<Counted> {
  try {
    return asCounted(await limiter.consume(key), false);
  } catch (rejection) {
    if (!(rejection instanceof RateLimiterRes)) throw rejection;
    return asCounted(rejection, true);
  }
}

function asCounted({ msBeforeNext, remainingPoints }: RateLimiterRes, isOneTooMany: boolean): Counted {
  const retry_after_seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return { isOneTooMany, left: Math.max(0, remainingPoints), retry_after_seconds };
}

function limiterFor({ most, seconds }: Limit, redis: Redis | null): RateLimiterAbstract {
  const window = { points: most, duration: seconds, keyPrefix: "" };
  const ofThisProcess = new RateLimiterMemory(window);
  if (!redis) return ofThisProcess;
  return new RateLimiterRedis({
    ...window,
    storeClient: clientOf(redis),
    rejectIfRedisNotReady: true,
    insuranceLimiter: ofThisProcess,
    // Who is over a limit is turned away without asking Redis.
    inMemoryBlockOnConsumed: most,
  });
}

/** As much of a client as the limiter asks of one, by way of `Redis.run`, so that nobody waits for an absent Redis. */
function clientOf(redis: Redis) {
  return {
    get status() {
      return redis.isUp ? "ready" : "away";
    },
    rlflxIncr: ([key = "", points = "", seconds = ""]: readonly string[]) =>
      redis.run((client) => client.eval(COUNT, 1, key, points, seconds)),
  };
}

/** What a window has counted, and the milliseconds until it ends. */
const COUNT = `
  local counted = redis.call('incrby', KEYS[1], ARGV[1])
  if counted == tonumber(ARGV[1]) then redis.call('expire', KEYS[1], ARGV[2]) end
  return {counted, redis.call('pttl', KEYS[1])}`;
