/**
 * A limit for what is asked for thousands of times a second: counted by this process alone, in a minute's time. Nobody
 * waits for it, and it costs well under a microsecond.
 */
import type { ServerResponse } from "node:http";
import { addSeconds, secondsBetween } from "../../core/time.ts";
import type { Clock } from "../../deps.ts";
import { tooManyRequests } from "./requestLimits.ts";

export interface FloodGate {
  /** Counts one more. @throws Fault `too_many_requests`. */
  enter(key: string, response: ServerResponse): void;
}

const WINDOW_SECONDS = 60;
/** More keys in one window than that are themselves a flood: counting begins anew. */
const MOST_KEYS = 200_000;

export function createFloodGate(clock: Clock, mostPerMinute: number): FloodGate {
  let counts = new Map<string, number>();
  let until = clock.now();
  return {
    enter: (key, response) => {
      const now = clock.now();
      if (now >= until || counts.size >= MOST_KEYS) {
        counts = new Map();
        until = addSeconds(now, WINDOW_SECONDS);
      }
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count > mostPerMinute)
        throw tooManyRequests(response, {
          retry_after_seconds: Math.min(WINDOW_SECONDS, Math.max(1, Math.ceil(secondsBetween(now, until)))),
        });
    },
  };
}
