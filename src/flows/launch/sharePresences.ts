/**
 * Processes tell each other by way of Redis which launches they hear of, every few seconds and not for each beat: a beat
 * that changes nothing waits for nobody. One that has just started reads what the others said before. With Redis away,
 * the hint that a course is open elsewhere goes by what the store was last told of the launch.
 */
import { addSeconds } from "../../core/time.ts";
import type { Redis } from "../../store/redis.ts";
import type { Context } from "../context.ts";
import type { Presence } from "./presences.ts";

const EVERY_SECONDS = 3;
/** Older is of no use to anybody: no launch is fresh for so long after its last beat. */
const KEPT_SECONDS = 5 * 60;
/** In one message: about 100 kB. */
const MOST_PRESENCES = 2000;
/** In one answer. */
const MOST_MESSAGES = 10;

export interface PresenceExchange {
  /** Tells the news and hears the others', once. @throws Error where Redis fails. */
  exchange(): Promise<void>;
}

type Part = Pick<Context, "presences" | "keys" | "deps">;

export function createPresenceExchange({ presences, keys, deps }: Part, redis: Redis): PresenceExchange {
  const me = deps.newSecret(9);
  let heardUpTo = "0";

  const tell = async (stream: string, news: readonly Presence[]) => {
    const oldest = addSeconds(deps.clock.now(), -KEPT_SECONDS).getTime();
    const lines = news.map(({ launch_id, seen_at, closing }) => [launch_id, seen_at.getTime(), closing]);
    await redis.run((client) =>
      client.xadd(stream, "MINID", "~", oldest, "*", "from", me, "presences", JSON.stringify(lines)),
    );
    await redis.run((client) => client.expire(stream, KEPT_SECONDS));
  };
  const hear = async (stream: string) => {
    const messages = await redis.run((client) =>
      client.xrange(stream, `(${heardUpTo}`, "+", "COUNT", MOST_MESSAGES),
    );
    for (const [id, [, from, , lines = "[]"]] of messages) {
      heardUpTo = id;
      if (from !== me) presences.heardElsewhere(presencesOf(lines));
    }
    return messages.length;
  };
  return {
    exchange: async () => {
      const stream = `tallygate:${keys.keyFor("redis").kid}:presences`;
      const news = presences.takeNews();
      for (let start = 0; start < news.length; start += MOST_PRESENCES)
        await tell(stream, news.slice(start, start + MOST_PRESENCES));
      while ((await hear(stream)) === MOST_MESSAGES);
    },
  };
}

function presencesOf(lines: string): Presence[] {
  return (JSON.parse(lines) as [string, number, boolean][]).map(([launch_id, seen_at, closing]) => ({
    launch_id,
    seen_at: new Date(seen_at),
    closing,
  }));
}

/** @returns What stops it. */
export function sharePresences(part: Part, redis: Redis): () => void {
  const { exchange } = createPresenceExchange(part, redis);
  let isUnderWay = false;
  const timer = setInterval(() => {
    if (isUnderWay || !redis.isUp) return;
    isUnderWay = true;
    exchange()
      // Redis itself has logged that it is away; what was not told is old before it could be told again.
      .catch(() => undefined)
      .finally(() => {
        isUnderWay = false;
      });
  }, EVERY_SECONDS * 1000);
  timer.unref();
  return () => clearInterval(timer);
}
