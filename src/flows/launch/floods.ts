/**
 * Launches that are too many (RULES §2 `too_many_launches`): turned away without a look at the store each, for that is
 * what a flood would cost. The first of a minute is denied like any other launch; those after it get the same answer, and
 * are counted on its row together, a little later.
 */
import type { Logger } from "winston";
import type { DenialCode } from "../../core/denials.ts";
import { addSeconds } from "../../core/time.ts";
import type { Clock } from "../../deps.ts";
import type { Sql } from "../../store/db.ts";
import { countMoreDenials } from "../../store/launches.ts";

export interface Denied {
  readonly type: "denied";
  readonly code: DenialCode;
  readonly reference: string;
}

export interface Floods {
  /**
   * @param key What makes them the same denial.
   * @param deny Denies the first, and writes its row.
   */
  deny(key: string, deliveryKey: string, deny: () => Promise<Denied>): Promise<Denied>;
  /** Writes down what was only counted so far. */
  flush(): Promise<void>;
}

interface Flood {
  readonly deliveryKey: string;
  readonly denied: Promise<Denied>;
  readonly until: Date;
  lastAt: Date;
  uncounted: number;
}

/** The same denial within this time is one row (RULES §2). */
const SAME_SECONDS = 60;
const FLUSH_SECONDS = 10;
/** Beyond it the oldest are forgotten, and what they had not counted yet with them. */
const MOST_FLOODS = 10_000;

export function createFloods(sql: Sql, clock: Clock, log: Logger): Floods {
  const floods = new Map<string, Flood>();
  let isFlushDue = false;

  const write = async ({ deliveryKey, denied, lastAt, uncounted }: Flood): Promise<void> => {
    const { code, reference } = await denied;
    // Of a delivery that nobody knows there is no row.
    if (code === "too_many_launches")
      await countMoreDenials(sql, {
        delivery_key: deliveryKey,
        reference,
        count: uncounted,
        last_seen_at: lastAt,
      });
  };
  const flush = async () => {
    for (const [key, flood] of floods) {
      const { uncounted } = flood;
      if (flood.until <= clock.now()) floods.delete(key);
      if (uncounted === 0) continue;
      try {
        await write(flood);
        flood.uncounted -= uncounted;
      } catch (error) {
        log.warn("Denied launches could not be counted", { count: uncounted, error });
      }
    }
  };
  const flushSoon = () => {
    if (isFlushDue) return;
    isFlushDue = true;
    setTimeout(() => {
      isFlushDue = false;
      void flush();
    }, FLUSH_SECONDS * 1000).unref();
  };
  const begin = (
    key: string,
    deliveryKey: string,
    at: Date,
    deny: () => Promise<Denied>,
  ): Promise<Denied> => {
    const denied = deny();
    denied.catch(() => floods.delete(key));
    floods.set(key, { deliveryKey, denied, until: addSeconds(at, SAME_SECONDS), lastAt: at, uncounted: 0 });
    const [oldest] = floods.keys();
    if (floods.size > MOST_FLOODS && oldest !== undefined) floods.delete(oldest);
    return denied;
  };
  return {
    deny: async (key, deliveryKey, deny) => {
      const at = clock.now();
      const flood = floods.get(key);
      if (flood && flood.until > at) {
        flood.uncounted++;
        flood.lastAt = at;
        flushSoon();
        return flood.denied;
      }
      if (flood && flood.uncounted > 0) await flush();
      return begin(key, deliveryKey, at, deny);
    },
    flush,
  };
}
