/**
 * How often something may happen: counted for all processes together in Redis, and by each process for itself while Redis
 * is away or unset. May vanish. In Redis what is counted is known by a keyed hash only: no address and no id of a learner
 * leaves the process.
 */
import { createHmac } from "node:crypto";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { Deps } from "../../deps.ts";
import type { Context } from "../../flows/context.ts";
import type { Redis } from "../../store/redis.ts";
import { createWindow } from "./window.ts";

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

export type LimitsContext = Pick<Context, "keys" | "redis"> & {
  /** Limits go by time as it passes, whatever becomes of the clock. */
  readonly deps: Pick<Deps, "stopwatch">;
};

type Count = (key: string) => Promise<Counted>;

/**
 * @param table The names are the deployment's own: two edges with a limit of the same name share its count.
 */
export function createLimits<Name extends string>(
  context: LimitsContext,
  table: Readonly<Record<Name, Limit>>,
): Limits<Name> {
  const counts = new Map(
    Object.entries<Limit>(table).map(([name, limit]) => [name, countOf(context, name, limit)] as const),
  );
  return {
    count: async (name, key) => {
      const count = counts.get(name);
      if (!count) throw new TypeError(`not a limit: ${name}`);
      return count(key);
    },
  };
}

function countOf({ keys, redis, deps }: LimitsContext, name: string, limit: Limit): Count {
  const alone = countAlone(limit, deps.stopwatch());
  if (!redis) return alone;
  const together = countTogether(limit, redis);
  return async (key) => {
    const { kid, key: secret } = keys.keyFor("redis");
    const hash = createHmac("sha256", secret).update(key).digest("base64url");
    // The key's name tells deployments on one Redis apart.
    return (await together(`tallygate:${kid}:limit:${name}:${hash}`)) ?? alone(key);
  };
}

function countAlone({ most, seconds }: Limit, elapsed: () => number): Count {
  const window = createWindow(seconds, elapsed);
  return async (key) => {
    const { count, left_seconds } = window.count(key);
    return counted(most, count, left_seconds);
  };
}

/** @returns Null where Redis is away, or refuses. */
function countTogether({ most, seconds }: Limit, redis: Redis): (key: string) => Promise<Counted | null> {
  const limiter = new RateLimiterRedis({
    points: most,
    duration: seconds,
    keyPrefix: "",
    storeClient: clientOf(redis),
    rejectIfRedisNotReady: true,
    // Who is over a limit is turned away without asking Redis.
    inMemoryBlockOnConsumed: most,
  });
  return async (key) => {
    try {
      const { consumedPoints, msBeforeNext } = await limiter.consume(key);
      return counted(most, consumedPoints, msBeforeNext / 1000);
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) return null;
      return counted(most, most + 1, rejection.msBeforeNext / 1000);
    }
  };
}

function counted(most: number, count: number, leftSeconds: number): Counted {
  const retry_after_seconds = Math.max(1, Math.ceil(leftSeconds));
  return { isOneTooMany: count > most, left: Math.max(0, most - count), retry_after_seconds };
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
