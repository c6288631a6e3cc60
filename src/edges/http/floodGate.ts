/**
 * A limit for what is asked for thousands of times a second: counted by this process alone, in a minute's time. Nobody
 * waits for it, and it costs well under a microsecond.
 */
import type { ServerResponse } from "node:http";
import type { Clock } from "../../deps.ts";
import { tooManyRequests } from "./requestLimits.ts";
import { createWindow } from "./window.ts";

export interface FloodGate {
  /** Counts one more. @throws Fault `too_many_requests`. */
  enter(key: string, response: ServerResponse): void;
}

const WINDOW_SECONDS = 60;

export function createFloodGate(clock: Clock, mostPerMinute: number): FloodGate {
  const window = createWindow(WINDOW_SECONDS, () => clock.now().getTime() / 1000);
  return {
    enter: (key, response) => {
      const { count, left_seconds } = window.count(key);
      if (count > mostPerMinute)
        throw tooManyRequests(response, { retry_after_seconds: Math.max(1, Math.ceil(left_seconds)) });
    },
  };
}
